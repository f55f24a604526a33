public import CardApplications
public import DeviceProtocol
public import ISO7816

/// A card in a reader, or a signing stick, as a ``Device``: login with the authentication key, approval with the signature key.
///
/// Each answer is one session with the card: opened, asked, signed, ended with a reset, so that no login outlives it. What
/// was read of the card is read again only when nobody vouches that it is still there.
public struct CardDevice: Device {
    /// What the card says of itself; its id is the fingerprint of its authentication certificate.
    public let descriptor: DeviceDescriptor
    let card: KnownCard
    /// The reader that the card is in.
    public var reader: String { card.reader }

    /// Opens the card in `reader` and learns what it is: of its certificates, that of authentication alone is read.
    ///
    /// - Parameters:
    ///   - isEmulated: whether `source` is a program; through pcscd nobody can tell.
    ///   - usesPinpad: whether the PIN is entered on the reader's own keys where it has some; `false` for a pinpad that is
    ///     broken, or a person who cannot reach it: then the PIN is typed, and passes through this machine.
    /// - Throws: ``CardError``, e.g. `unknownCard`.
    public static func opening(
        reader: String, of source: any CardSource, isEmulated: Bool, usesPinpad: Bool = true
    ) async throws(CardError) -> CardDevice {
        let card = KnownCard(in: reader, of: source, usesPinpad: usesPinpad)
        let application = try await card.read(for: [.authentication], as: nil)
        return CardDevice(
            descriptor: try DeviceDescriptor(application: application, reader: reader, isEmulated: isEmulated), card: card)
    }

    /// The certificate of the key that the card has for `role`, in DER (RFC 5280); `nil` when it has none.
    ///
    /// - Throws: ``DeviceError`` when it has to be read, and the card is gone, held, or another one.
    public func certificate(for role: CardKey.Role) async throws(DeviceError) -> [UInt8]? {
        if let key = card.remembered(role) { return key.certificate }
        do { _ = try await card.read(for: [role], as: descriptor.id) } catch { throw DeviceError(error, card.reader) }
        return card.remembered(role)?.certificate
    }

    /// Signs the bytes that an answer to a plain challenge covers; the PIN is the consent.
    ///
    /// - Throws: ``DeviceError``; `indeterminate` when the answer to the signature was lost, or is no signature of this key.
    public func respond(to presentation: Presentation, with holder: some Holder) async throws(DeviceError) -> Response {
        guard case .plain(let challenge) = presentation else {
            throw DeviceError(.notSupported, descriptor.name, detail: "a card signs the challenge itself")
        }
        return try await card.sign(
            challenge.coveredBytes(as: .card, by: descriptor.id), with: challenge.content.isLogin ? .authentication : .signature,
            as: descriptor.id, named: descriptor.name, showing: challenge.summary, to: holder)
    }

    /// Signs a document that is no challenge, with the key of `role`.
    ///
    /// - Parameters:
    ///   - document: the bytes themselves; hashed here, with the hash that goes with the key.
    ///   - summary: what the person is shown before the PIN.
    /// - Throws: ``DeviceError``; `notSupported` for bytes that would pass for an answer to a challenge.
    public func sign(
        document: [UInt8], with role: CardKey.Role, showing summary: Summary, to holder: some Holder
    ) async throws(DeviceError) -> Response {
        try await card.sign(document: document, with: role, as: descriptor.id, named: descriptor.name, showing: summary, to: holder)
    }
}
