internal import Foundation
internal import ISO7816

/// A PKCS#15 application after personalisation: two keys, authentication and signature, as on a LuxTrust card.
///
/// Several cards may share one content (twins); PINs and tries are each card's own.
struct PKCS15Content: Sendable {
    /// Everything but the PIN.
    private let base: FileSystemImage
    /// The two certificates, DER, in the same order.
    let certificates: [[UInt8]]
    /// The card's number, as TokenInfo has it.
    let serialNumber: [UInt8]
    let layout: PKCS15Layout
    /// What its keys are.
    let kind: CardKeyKind

    /// What the two keys are for; their certificates say it too.
    static let usages: [CertificateUsage] = [.authentication, .signature]

    /// Makes two keys, has them certified, and writes the files around them.
    ///
    /// - Parameter identifier: the first ten bytes are the card's number.
    init(
        _ layout: PKCS15Layout, holder: String, keys kind: CardKeyKind, authority: TestAuthority, now: Date, identifier: UUID
    ) throws(PersonalisationError) {
        var keys: [VirtualKey] = []
        var certificates: [[UInt8]] = []
        var publicKeys: [[UInt8]] = []
        for usage in Self.usages {
            do throws(VirtualKeyError) {
                let key = try VirtualKey.generate(kind)
                publicKeys.append(try key.publicKey())
                keys.append(key)
            } catch {
                throw .key(error)
            }
            do throws(TestAuthorityError) {
                certificates.append(
                    try authority.issue(holder: holder, publicKey: publicKeys[publicKeys.count - 1], usage: usage, now: now))
            } catch {
                throw .certificate(error)
            }
        }
        self.layout = layout
        self.kind = kind
        self.certificates = certificates
        serialNumber = unsafe withUnsafeBytes(of: identifier.uuid) { unsafe Array($0.prefix(10)) }
        let writer = PKCS15Writer(layout: layout, kind: kind, serialNumber: serialNumber)
        base = writer.image(keys: keys, certificates: certificates, publicKeys: publicKeys)
    }

    /// A card with this content and a PIN of its own.
    func image(_ pin: FreshPIN) -> FileSystemImage {
        var image = base
        image.add(pin: layout.pin.reference, pin, pukReference: layout.pin.pukReference)
        return image
    }
}
