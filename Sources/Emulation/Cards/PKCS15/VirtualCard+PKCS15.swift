public import Foundation
public import ISO7816

extension VirtualCard {
    /// A PKCS#15 card with an authentication and a signature key and their certificates, made on the spot.
    ///
    /// It behaves as OsEID, a card that others wrote and that does as MyEID does: OpenSC knows it by its ATR. PIN and PUK are
    /// an emulated card's: test values, never a person's.
    ///
    /// - Parameters:
    ///   - holder: the name in the certificates, 1 to 64 characters.
    ///   - keys: the kind of both keys.
    ///   - pin: 4 to 8 bytes in UTF-8.
    ///   - puk: 4 to 8 bytes in UTF-8.
    ///   - tries: how many wrong PINs or PUKs in a row block them, 1 to 15.
    ///   - authority: who issues the certificates.
    ///   - now: the moment of issue; certificates last three years from then.
    ///   - identifier: its first ten bytes are the card's number.
    ///   - atr: what the card says of itself; `nil` for OsEID's own, which offers T=0 and T=1 (pcscd takes T=1), or for the
    ///     same historical bytes over T=0 alone.
    ///   - transmission: T=0 alone or not, unless `atr` says it.
    ///   - extendedLength: whether it takes Lc and Le of two bytes, over T=1.
    ///   - randomness: where the card's challenges come from; keys come from libcrypto.
    /// - Throws: ``PersonalisationError``.
    public static func pkcs15(
        holder: String, keys: CardKeyKind = .rsa2048, pin: String = "123456", puk: String = "12345678", tries: UInt8 = 5,
        authority: TestAuthority, now: Date, identifier: UUID = UUID(), atr: ATR? = nil,
        transmission: CardTransmission = .t1, extendedLength: Bool = true,
        randomness: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) throws(PersonalisationError) -> VirtualCard {
        let layout = PKCS15Layout.osEID
        let guarded = try FreshPIN(pin, puk: puk, for: layout, tries: tries)
        let content = try PKCS15Content(layout, holder: holder, keys: keys, authority: authority, now: now, identifier: identifier)
        return try pkcs15(
            content, pin: guarded, atr: atr, transmission: transmission, extendedLength: extendedLength, randomness: randomness)
    }

    /// A card around `content`.
    static func pkcs15(
        _ content: PKCS15Content, pin: FreshPIN, atr: ATR? = nil, transmission: CardTransmission = .t1, extendedLength: Bool = true,
        randomness: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) throws(PersonalisationError) -> VirtualCard {
        var image = content.image(pin)
        for (identifier, object) in osEIDObjects(content) { image.add(object: identifier, object) }
        return try files(
            image,
            atr: atr.map(\.bytes)
                ?? (transmission == .t1 ? osEIDATR : CardTransmission.t0.answerToReset(historicalBytes: Array("OsEID".utf8))),
            extendedLength: extendedLength, randomness: randomness)
    }

    /// A card with files that `image` has.
    static func files(
        _ image: FileSystemImage, atr: [UInt8], extendedLength: Bool, randomness: any RandomNumberGenerator & Sendable
    ) throws(PersonalisationError) -> VirtualCard {
        let memory = image.memory()
        guard let applet = FileSystemApplet(memory, randomness: randomness) else { throw .unreadable }
        do throws(ATRError) {
            return VirtualCard(atr: try ATR(parsing: atr), applets: [applet], extendedLength: extendedLength, memory: memory)
        } catch {
            throw .atr(error)
        }
    }

    /// `OsEID` in the historical bytes; T=0 and T=1 are offered, pcscd takes T=1.
    private static let osEIDATR: [UInt8] = [0x3B, 0xF5, 0x18, 0x00, 0x02, 0x80, 0x01, 0x4F, 0x73, 0x45, 0x49, 0x44, 0x1A]

    /// MyEID's two data objects, as OpenSC reads them: the applet's name, version, number and change counter; and what keys
    /// it can hold.
    ///
    /// The capabilities are what is true here: RSA (bit 0) of at most as many bits as its own keys have, or 2048, EC (bit 3) of at most
    /// 384, no DES, no AES.
    private static func osEIDObjects(_ content: PKCS15Content) -> [UInt16: [UInt8]] {
        let bits = content.kind.curve == nil ? content.kind.bits : CardKeyKind.rsa2048.bits
        return [
            0x01A0: Array("OsEID".utf8) + [0x04, 0x05, 0x02] + content.serialNumber.prefix(10) + [0x00, 0x64],
            0x01AA: [0x01, 0x00, 0x09, UInt8(bits >> 8 & 0xFF), UInt8(bits & 0xFF), 0x00, 0x00, 0x00, 0x00, 0x01, 0x80],
        ]
    }
}

extension FreshPIN {
    /// PIN and PUK of a card with this layout, with all their tries.
    init(_ pin: String, puk: String, for layout: PKCS15Layout, tries: UInt8) throws(PersonalisationError) {
        guard let pin = FreshReference(Array(pin.utf8), format: layout.pin.format, maximumTries: tries) else {
            throw .unsuitable("PIN", layout.pin.format)
        }
        guard let puk = FreshReference(Array(puk.utf8), format: layout.pin.pukFormat, maximumTries: tries) else {
            throw .unsuitable("PUK", layout.pin.pukFormat)
        }
        self.init(pin: pin, puk: puk)
    }
}

extension PersonalisationError {
    fileprivate static func unsuitable(_ what: String, _ format: ReferenceData.Format) -> PersonalisationError {
        let kind = format.digitsOnly ? "digits" : "characters"
        return .unsuitableValue("a \(what) of \(format.lengths.lowerBound) to \(format.lengths.upperBound) \(kind)")
    }
}
