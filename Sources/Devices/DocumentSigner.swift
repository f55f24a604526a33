public import CardApplications
public import DeviceProtocol
public import ISO7816

/// A card that signs documents, whoever's device it is: nothing is read but the certificate of the key that signs.
///
/// Who signs one document after another keeps it: while the same card stays in its reader, nothing is read again.
public struct DocumentSigner: Sendable {
    private let card: KnownCard
    /// What the person is told asks for the PIN.
    public var name: String { DeviceDescriptor.name(in: card.reader) }

    /// The card in `reader`; it is not touched yet.
    ///
    /// - Parameters:
    ///   - usesPinpad: whether the PIN is entered on the reader's own keys where it has some.
    ///   - believesPlaces: whether keys may be taken to be where their family has them; `false` has the card's own directories read.
    public init(reader: String, of source: any CardSource, usesPinpad: Bool = true, believesPlaces: Bool = true) {
        card = KnownCard(in: reader, of: source, usesPinpad: usesPinpad, believesPlaces: believesPlaces)
    }

    /// The certificate of the key that the card has for `role`, in DER (RFC 5280); `nil` when it has none.
    ///
    /// - Throws: ``DeviceError`` when the card is gone or held.
    public func certificate(for role: CardKey.Role) async throws(DeviceError) -> [UInt8]? {
        do { _ = try await card.read(for: [role], as: nil) } catch { throw DeviceError(error, card.reader) }
        return card.remembered(role)?.certificate
    }

    /// Signs a document that is no challenge, with the key of `role`; the PIN is the consent.
    ///
    /// - Parameters:
    ///   - document: the bytes themselves; hashed here, with the hash that goes with the key.
    ///   - certificate: the one that the key has to have, in DER; `nil` for whichever it has.
    ///   - summary: what the person is shown before the PIN.
    /// - Throws: ``DeviceError``; `notSupported` for bytes that would pass for an answer to a challenge; `indeterminate` when
    ///   the answer to the signature was lost, or is no signature of this key.
    public func sign(
        document: [UInt8], with role: CardKey.Role, by certificate: [UInt8]? = nil, showing summary: Summary, to holder: some Holder
    ) async throws(DeviceError) -> Response {
        try await card.sign(
            document: document, with: role, as: nil, by: certificate, named: name, showing: summary, to: holder)
    }
}

extension KnownCard {
    /// Signs what nobody can take for an answer to a bank's challenge.
    func sign(
        document: [UInt8], with role: CardKey.Role, as id: DeviceID?, by certificate: [UInt8]? = nil, named device: String,
        showing summary: Summary, to holder: some Holder
    ) async throws(DeviceError) -> Response {
        guard !Challenge.resemblesCoveredBytes(document) else {
            throw DeviceError(.notSupported, device, detail: "this document would pass for the answer to a bank's challenge")
        }
        return try await sign(document, with: role, as: id, by: certificate, named: device, showing: summary, to: holder)
    }
}
