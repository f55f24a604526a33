public import CardApplications
public import DeviceProtocol
public import ISO7816
import Secrets

/// A card in a reader, or a signing stick, as a ``Device``: login with the authentication key, approval with the signature key.
///
/// Each answer is one session with the card: opened, asked, signed, ended with a reset, so that no login outlives it.
public struct CardDevice: Device {
    /// What the card says of itself; its id is the fingerprint of its authentication certificate.
    public let descriptor: DeviceDescriptor
    private let source: any CardSource
    private let reader: String
    private let keys: [CardKey]

    /// Opens the card in `reader` and learns what it is.
    ///
    /// - Parameter isEmulated: whether `source` is a program; through pcscd nobody can tell.
    /// - Throws: ``CardError``, e.g. `unknownCard`.
    public static func opening(reader: String, of source: any CardSource, isEmulated: Bool) async throws(CardError) -> CardDevice {
        let application = try await source.withCard(in: reader, ending: .leave) { channel async throws(CardError) in
            try await CardApplications.open(on: channel)
        }
        return CardDevice(
            descriptor: try DeviceDescriptor(application: application, reader: reader, isEmulated: isEmulated), source: source,
            reader: reader, keys: application.keys)
    }

    /// The certificate of the key that the card has for `role`, in DER (RFC 5280); `nil` when it has none.
    public func certificate(for role: CardKey.Role) -> [UInt8]? { keys.first { $0.role == role }?.certificate }

    /// Signs the bytes that an answer to a plain challenge covers; the PIN is the consent.
    ///
    /// - Throws: ``DeviceError``; `indeterminate` when the answer to the signature was lost.
    public func respond(to presentation: Presentation, with holder: some Holder) async throws(DeviceError) -> Response {
        guard case .plain(let challenge) = presentation else {
            throw DeviceError(.notSupported, descriptor.name, detail: "a card signs the challenge itself")
        }
        return try await sign(
            challenge.coveredBytes(as: .card, by: descriptor.id), with: challenge.content.isLogin ? .authentication : .signature,
            showing: challenge.summary, to: holder)
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
        guard !Challenge.resemblesCoveredBytes(document) else {
            throw DeviceError(.notSupported, descriptor.name, detail: "this document would pass for the answer to a bank's challenge")
        }
        return try await sign(document, with: role, showing: summary, to: holder)
    }

    private func sign(
        _ message: [UInt8], with role: CardKey.Role, showing summary: Summary, to holder: some Holder
    ) async throws(DeviceError) -> Response {
        let session: any CardSession
        do { session = try await source.open(reader) } catch { throw DeviceError(error, reader) }
        do throws(DeviceError) {
            let response = try await sign(message, with: role, showing: summary, to: holder, over: session)
            await session.end(.reset)
            return response
        } catch {
            await session.end(.reset)
            throw error
        }
    }

    private func sign(
        _ message: [UInt8], with role: CardKey.Role, showing summary: Summary, to holder: some Holder, over channel: some CardChannel
    ) async throws(DeviceError) -> Response {
        let application: any CardApplication
        do { application = try await CardApplications.open(on: channel, for: [.authentication, role]) } catch {
            throw DeviceError(error, reader)
        }
        guard DeviceID(authenticating: application) == descriptor.id else {
            throw DeviceError(.removed, reader, detail: "another card is in the reader now")
        }
        guard let key = application.keys.first(where: { $0.role == role }) else {
            throw DeviceError(.notSupported, descriptor.name, detail: "the card has no \(role) key with a certificate")
        }
        try await CardLogin(application: application, key: key, device: descriptor.name).run(for: summary, with: holder)
        do throws(CardError) {
            let signature = try await application.sign(digest: key.algorithm.digest(of: message), with: key)
            return .signature(signature, certificates: [key.certificate])
        } catch {
            throw DeviceError(signing: error, reader)
        }
    }
}
