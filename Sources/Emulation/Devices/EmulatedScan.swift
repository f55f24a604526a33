public import Crypto
public import DeviceProtocol
public import Foundation
public import ScanChallenge
import Synchronization

/// A hand-held camera with a display: reads a sealed challenge, shows it, and gives a code of 8 digits.
public final class EmulatedScan: Device {
    /// What it says of itself.
    public let descriptor: DeviceDescriptor

    private struct State {
        var reader: ChallengeReader
        var ocraKey: SymmetricKey?
        var screen = ScanScreen.idle
    }

    private let factorySecret: SymmetricKey
    private let clock: (@Sendable () -> Date)?
    private let state: Mutex<State>

    /// A Scan as it leaves the factory.
    ///
    /// - Parameters:
    ///   - serial: the number on its back.
    ///   - privateKey: its own X25519 key.
    ///   - factorySecret: Kf, 32 bytes.
    ///   - issuer: from whom alone it takes challenges.
    ///   - clock: its clock; without one it refuses what was used, and never what is old.
    public init(
        serial: DeviceID, privateKey: Curve25519.KeyAgreement.PrivateKey, factorySecret: SymmetricKey, issuer: ScanIssuerIdentity,
        clock: (@Sendable () -> Date)? = nil
    ) {
        descriptor = DeviceDescriptor(
            id: serial, kind: .scan, name: "Scan \(serial)", takes: .sealed, capabilities: [.displaysOperation, .bindsContent],
            isEmulated: true)
        self.factorySecret = factorySecret
        self.clock = clock
        state = Mutex(State(reader: ChallengeReader(privateKey: privateKey, issuer: issuer)))
    }

    /// Makes a Scan with random keys, and what the issuer is told of it.
    ///
    /// - Throws: ``ScanError/unusableKey(_:)`` when the cryptographic library refuses the key drawn.
    public static func manufacture(
        serial: DeviceID, issuer: ScanIssuerIdentity, clock: (@Sendable () -> Date)? = nil,
        using generator: inout some RandomNumberGenerator
    ) throws(ScanError) -> (device: EmulatedScan, record: ScanFactoryRecord) {
        let key = try Curve25519.KeyAgreement.PrivateKey.random(using: &generator)
        let secret = SymmetricKey.random(bytes: ScanFactoryRecord.secretByteCount, using: &generator)
        let device = EmulatedScan(serial: serial, privateKey: key, factorySecret: secret, issuer: issuer, clock: clock)
        return (device, try ScanFactoryRecord(serial: serial, publicKey: key.publicKey, factorySecret: secret))
    }

    /// Derives the keys of an enrolment, in place of those of an earlier one.
    ///
    /// - Parameter accepted: what it accepted last under this enrolment, to go on from there.
    /// - Throws: ``ScanError/unusableKey(_:)`` for a nonce that has not 16 bytes, or an empty enrolment; the old keys stay.
    public func pair(nonce: [UInt8], enrolment: String, accepted: ScanPayload? = nil) throws(ScanError) {
        let keys = try ScanKeys(factorySecret: factorySecret, nonce: nonce, serial: descriptor.id, enrolment: enrolment)
        state.withLock {
            $0.reader.pair(with: keys.sealing, accepted: accepted)
            $0.ocraKey = keys.ocra
            $0.screen = .idle
        }
    }

    /// What it accepted last, for ``pair(nonce:enrolment:accepted:)`` after it was switched off.
    public var accepted: ScanPayload? { state.withLock { $0.reader.accepted } }

    /// What its display shows.
    public var screen: ScanScreen { state.withLock { $0.screen } }

    /// Opens the challenge, shows it, asks, and gives the code.
    ///
    /// The challenge is spent when the person agrees. What was agreed to last may be scanned again: the same code is shown,
    /// and nobody is asked.
    ///
    /// - Throws: ``DeviceError/Code/challengeRefused`` for everything that ``ScanRefusal`` tells apart on the display;
    ///   ``DeviceError/Code/notSupported`` for another form; what the holder says no with.
    public func respond(to presentation: Presentation, with holder: some Holder) async throws(DeviceError) -> Response {
        let name = descriptor.name
        guard case .sealed(let text) = presentation else {
            throw DeviceError(.notSupported, name, detail: "it takes a sealed challenge only")
        }
        let reading = try step { state, now throws(ScanRefusal) in try state.reader.read(text, at: now) }
        let summary = reading.challenge.summary
        show(.showing(summary))
        await holder.show(.confirmOnDevice(summary))
        if !state.withLock({ $0.reader.wasAccepted(reading) }) {
            do {
                try await holder.consent(to: summary)
            } catch {
                show(.idle)
                throw DeviceError(error, name)
            }
        }
        let key = try step { state, now throws(ScanRefusal) in
            guard let key = state.ocraKey else { throw .notPaired }
            try state.reader.accept(reading, at: now)
            return key
        }
        do {
            let code = try ScanCode.compute(ocraKey: key, challenge: reading.challenge, device: descriptor.id, kind: .scan)
            show(.code(code, for: summary))
            return .code(code)
        } catch {
            show(.idle)
            throw DeviceError(.malformedAnswer, name, detail: "\(error)")
        }
    }

    private func show(_ screen: ScanScreen) { state.withLock { $0.screen = screen } }

    /// One step on the state; a refusal is told in full on the display, and in one word outside.
    private func step<R: Sendable>(_ body: (inout State, Date?) throws(ScanRefusal) -> R) throws(DeviceError) -> R {
        let now = clock?()
        do {
            return try state.withLock { state throws(ScanRefusal) in try body(&state, now) }
        } catch {
            show(.refused(error))
            throw DeviceError(.challengeRefused, descriptor.name)
        }
    }
}
