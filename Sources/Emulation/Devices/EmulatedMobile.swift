public import Crypto
public import DeviceProtocol
public import Foundation
public import ScanChallenge
import Secrets
import Synchronization

/// A phone that does what a Scan does, with a PIN of 6 digits that it cannot check.
///
/// The PIN opens the key of the codes, and nothing else: with a wrong one the code is wrong, and only the server can tell.
/// The factory secret is forgotten when the phone is paired, because all keys could be derived from it.
public final class EmulatedMobile: Device {
    /// What it says of itself.
    public let descriptor: DeviceDescriptor

    private struct State {
        var factorySecret: SymmetricKey?
        var reader: ChallengeReader
        var ocraKey: PINWrappedKey?
        var screen = ScanScreen.idle
    }

    private let clock: @Sendable () -> Date
    private let state: Mutex<State>

    /// A phone with the program freshly installed.
    ///
    /// - Parameters:
    ///   - serial: what the issuer calls the installation.
    ///   - privateKey: its own X25519 key.
    ///   - factorySecret: Kf, 32 bytes.
    ///   - issuer: from whom alone it takes challenges.
    ///   - now: its clock.
    public init(
        serial: DeviceID, privateKey: Curve25519.KeyAgreement.PrivateKey, factorySecret: SymmetricKey, issuer: ScanIssuerIdentity,
        now: @escaping @Sendable () -> Date
    ) {
        descriptor = DeviceDescriptor(
            id: serial, kind: .mobile, name: "Mobile \(serial)", takes: .sealed,
            capabilities: [.displaysOperation, .bindsContent, .asksPIN], isEmulated: true)
        clock = now
        state = Mutex(
            State(factorySecret: factorySecret, reader: ChallengeReader(privateKey: privateKey, issuer: issuer)))
    }

    /// Makes an installation with random keys, and what the issuer is told of it.
    ///
    /// - Throws: ``ScanError/unusableKey(_:)`` when the cryptographic library refuses the key drawn.
    public static func manufacture(
        serial: DeviceID, issuer: ScanIssuerIdentity, now: @escaping @Sendable () -> Date,
        using generator: inout some RandomNumberGenerator
    ) throws(ScanError) -> (device: EmulatedMobile, record: ScanFactoryRecord) {
        let key = try Curve25519.KeyAgreement.PrivateKey.random(using: &generator)
        let secret = SymmetricKey.random(bytes: ScanFactoryRecord.secretByteCount, using: &generator)
        let device = EmulatedMobile(serial: serial, privateKey: key, factorySecret: secret, issuer: issuer, now: now)
        return (device, try ScanFactoryRecord(serial: serial, publicKey: key.publicKey, factorySecret: secret))
    }

    /// Derives the keys of the enrolment, puts the one of the codes under the PIN, and forgets what they came from.
    ///
    /// - Parameters:
    ///   - nonce: 16 bytes from the issuer.
    ///   - enrolment: the issuer's name for the enrolment.
    ///   - pin: 6 digits that the person chose.
    ///   - generator: where the salt comes from.
    /// - Throws: ``ScanError/unusableKey(_:)`` for a nonce, enrolment or PIN of another form, or when it is paired already;
    ///   nothing has changed then.
    public func pair(
        nonce: [UInt8], enrolment: String, pin: consuming PIN, using generator: inout some RandomNumberGenerator
    ) throws(ScanError) {
        let digits = pin.takeBytes()
        guard PINWrappedKey.isWellFormed(digits) else { throw .unusableKey("a PIN has \(PINWrappedKey.pinLength) digits") }
        guard let secret = state.withLock({ $0.factorySecret }) else { throw .unusableKey("the phone is paired already") }
        let keys = try ScanKeys(factorySecret: secret, nonce: nonce, serial: descriptor.id, enrolment: enrolment)
        let wrapped: PINWrappedKey
        do {
            wrapped = try PINWrappedKey(keys.ocra, pin: digits, salt: generator.bytes(16))
        } catch {
            throw .unusableKey("\(error)")
        }
        try state.withLock { state throws(ScanError) in
            guard state.factorySecret != nil else { throw .unusableKey("the phone is paired already") }
            state.factorySecret = nil
            state.reader.pair(with: keys.sealing)
            state.ocraKey = wrapped
        }
    }

    /// What its display shows.
    public var screen: ScanScreen { state.withLock { $0.screen } }

    /// Opens the challenge, shows it, asks for the PIN, and gives the code.
    ///
    /// The challenge is spent when a PIN was entered. What was spent last may be scanned again: after a wrong PIN the right
    /// one gives the right code.
    ///
    /// - Throws: ``DeviceError/Code/challengeRefused`` for everything that ``ScanRefusal`` tells apart on the display;
    ///   ``DeviceError/Code/unsuitablePIN`` for a PIN that has not 6 digits; ``DeviceError/Code/notSupported`` for another form;
    ///   what the holder says no with.
    public func respond(to presentation: Presentation, with holder: some Holder) async throws(DeviceError) -> Response {
        let name = descriptor.name
        guard case .sealed(let text) = presentation else {
            throw DeviceError(.notSupported, name, detail: "it takes a sealed challenge only")
        }
        let reading = try step { state, now throws(ScanRefusal) in try state.reader.read(text, at: now) }
        let summary = reading.challenge.summary
        show(.showing(summary))
        await holder.show(.confirmOnDevice(summary))
        let digits: SecretBytes
        do {
            let pin = try await holder.pin(for: PINRequest(summary: summary, device: name, triesLeft: nil, previousWasWrong: false))
            digits = pin.takeBytes()
        } catch {
            show(.idle)
            throw DeviceError(error, name)
        }
        guard PINWrappedKey.isWellFormed(digits) else {
            show(.idle)
            throw DeviceError(.unsuitablePIN, name, detail: "a PIN has \(PINWrappedKey.pinLength) digits; nothing was spent")
        }
        let wrapped = try step { state, now throws(ScanRefusal) in
            guard let key = state.ocraKey else { throw .notPaired }
            try state.reader.accept(reading, at: now)
            return key
        }
        do {
            let key = try wrapped.key(pin: digits)
            let code = try ScanCode.compute(ocraKey: key, challenge: reading.challenge, device: descriptor.id, kind: .mobile)
            show(.code(code, for: summary))
            return .code(code)
        } catch {
            show(.idle)
            throw DeviceError(.malformedAnswer, name, detail: "\(error)")
        }
    }

    private func show(_ screen: ScanScreen) { state.withLock { $0.screen = screen } }

    /// One step on the state; a refusal is told in full on the display, and in one word outside.
    private func step<R: Sendable>(_ body: (inout State, Date) throws(ScanRefusal) -> R) throws(DeviceError) -> R {
        let now = clock()
        do {
            return try state.withLock { state throws(ScanRefusal) in try body(&state, now) }
        } catch {
            show(.refused(error))
            throw DeviceError(.challengeRefused, descriptor.name)
        }
    }
}
