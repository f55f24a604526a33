public import DeviceProtocol
public import Foundation
public import ScanChallenge

/// A hand-held camera with a display: reads a sealed challenge, shows it, and gives a code of 8 digits.
///
/// It is paired by two QR codes, which it answers with 10 and 8 digits. What was agreed to is spent, durably when it has a
/// file, before the code is shown.
public final class EmulatedScan: Device {
    /// What it says of itself.
    public var descriptor: DeviceDescriptor { part.descriptor }

    let part: HandheldPart
    private static let kind = "Scan"

    private init(_ memory: DeviceMemory<HandheldState>, clock: (@Sendable () -> Date)?) {
        let serial = memory.read(\.serial)
        part = HandheldPart(
            DeviceDescriptor(
                id: serial, kind: .scan, name: "Scan \(serial)", takes: .sealed, capabilities: [.displaysOperation, .bindsContent],
                isEmulated: true), memory, clock: clock)
    }

    /// Makes a Scan with random keys, and what the issuer is told of it.
    ///
    /// - Parameters:
    ///   - serial: the number on its back.
    ///   - issuer: from whom alone it takes challenges.
    ///   - file: where its state lasts; without one, as long as the value.
    ///   - clock: its clock; without one it refuses what was used, and never what is old.
    ///   - generator: where its keys come from.
    /// - Throws: ``DeviceStateError``, or a `ScanError` when the cryptographic library refuses the key drawn.
    public static func manufacture(
        serial: DeviceID, issuer: ScanIssuerIdentity, file: DeviceStateFile? = nil, clock: (@Sendable () -> Date)? = nil,
        using generator: inout some RandomNumberGenerator
    ) throws -> (device: EmulatedScan, record: ScanFactoryRecord) {
        let (state, record) = try HandheldState.manufacture(serial: serial, issuer: issuer, using: &generator)
        return (EmulatedScan(try DeviceMemory(state, kind: kind, file: file), clock: clock), record)
    }

    /// The Scan in a file, as it was when it was last changed.
    ///
    /// - Throws: ``DeviceStateError``.
    public convenience init(file: DeviceStateFile, clock: (@Sendable () -> Date)? = nil) throws(DeviceStateError) {
        self.init(try DeviceMemory(opening: file, kind: Self.kind), clock: clock)
    }

    /// Pairs it without the dialogue: derives the keys of an enrolment, in place of those of an earlier one.
    ///
    /// - Throws: ``ScanChallenge/ScanError/unusableKey(_:)`` for a nonce that has not 16 bytes, or an empty enrolment;
    ///   ``ScanRefusal/notKept``. The old keys stay.
    public func pair(nonce: [UInt8], enrolment: String) throws {
        let keys = try part.read { state in
            Result { () throws(ScanError) in try state.keys(nonce: nonce, enrolment: enrolment) }
        }.get()
        try part.change { state throws(ScanRefusal) in
            try state.pair(keys, enrolment) { .plain(StoredKey($0)) }
        }
        part.show(.idle)
    }

    /// What it accepted last.
    public var accepted: ScanPayload? { part.read { $0.enrolment?.accepted?.value } }

    /// What its display shows.
    public var screen: ScanScreen { part.screen }

    /// Opens the challenge, shows it, asks, and gives the code.
    ///
    /// The challenge is spent when the person agrees. What was agreed to last may be scanned again: the same code is shown,
    /// and nobody is asked. The QR codes of a pairing are answered in the same way, with 10 digits and then with 8.
    ///
    /// - Throws: ``DeviceError/Code/challengeRefused`` for everything that ``ScanRefusal`` tells apart on the display;
    ///   ``DeviceError/Code/notSupported`` for another form; what the holder says no with.
    public func respond(to presentation: Presentation, with holder: some Holder) async throws(DeviceError) -> Response {
        switch try part.read(presentation) {
        case (_, .answered(let code)):
            return part.answer(code, for: part.pairingSummary(nil))
        case (let text, .offer(let offer)):
            return try await part.begin(offer, text, holder)
        case (let text, .confirmation(let read)):
            let code = try part.step { state, _ throws(ScanRefusal) in try state.confirm(text, of: read) { .plain(StoredKey($0)) } }
            return part.answer(code, for: part.pairingSummary(read.enrolment))
        case (_, .challenge(let payload, let key)):
            let summary = payload.challenge.summary
            let wasAccepted = part.read { $0.wasAccepted(payload) }
            try await part.asked(summary, holder) { holder throws(HolderError) in
                if !wasAccepted { try await holder.consent(to: summary) }
            }
            let codeKey = try part.step { state, now throws(ScanRefusal) in try state.accept(payload, key, at: now) }
            guard case .plain(let ocra) = codeKey,
                let code = try? ScanCode.compute(ocraKey: ocra.key, challenge: payload.challenge, device: descriptor.id, kind: .scan)
            else {
                part.show(.idle)
                throw DeviceError(.malformedAnswer, descriptor.name, detail: "its key is none")
            }
            return part.answer(code, for: summary)
        }
    }
}
