import DeviceProtocol
import Foundation
import ScanChallenge
import Synchronization

/// What Scan and phone have in common: a memory, a clock, a display, and how a step on the memory is told.
final class HandheldPart: Sendable {
    let descriptor: DeviceDescriptor
    private let memory: DeviceMemory<HandheldState>
    private let clock: (@Sendable () -> Date)?
    private let display = Mutex(ScanScreen.idle)

    init(_ descriptor: DeviceDescriptor, _ memory: DeviceMemory<HandheldState>, clock: (@Sendable () -> Date)?) {
        self.descriptor = descriptor
        self.memory = memory
        self.clock = clock
    }

    /// What its display shows.
    var screen: ScanScreen { display.withLock { $0 } }

    func show(_ screen: ScanScreen) { display.withLock { $0 = screen } }

    func read<R: Sendable>(_ body: (HandheldState) -> R) -> R { memory.read(body) }

    /// Changes what it knows; when that cannot be kept, nothing has changed.
    func change<R: Sendable>(_ body: (inout HandheldState) throws(ScanRefusal) -> R) throws(ScanRefusal) -> R {
        try memory.change(notKept: { _ in .notKept }, body)
    }

    /// A copy of what it knows.
    var snapshot: HandheldSnapshot { HandheldSnapshot(state: memory.read { $0 }) }

    /// Makes it what the copy was.
    func restore(_ snapshot: HandheldSnapshot) throws(DeviceStateError) {
        guard snapshot.state.serial == descriptor.id else { throw .otherDevice }
        try memory.change(notKept: { $0 }) { state throws(DeviceStateError) in state = snapshot.state }
        show(.idle)
    }

    /// Opens a presentation; a refusal is told in full on the display, and in one word outside.
    func read(_ presentation: Presentation) throws(DeviceError) -> (text: String, Reading) {
        guard case .sealed(let text) = presentation else {
            throw DeviceError(.notSupported, descriptor.name, detail: "it takes a sealed challenge only")
        }
        let now = clock?()
        return (text, try told { () throws(ScanRefusal) in try memory.read { state throws(ScanRefusal) in try state.read(text, at: now) } })
    }

    /// One step that changes what it knows, told in the same way.
    func step<R: Sendable>(_ body: (inout HandheldState, Date?) throws(ScanRefusal) -> R) throws(DeviceError) -> R {
        let now = clock?()
        return try told { () throws(ScanRefusal) in try change { state throws(ScanRefusal) in try body(&state, now) } }
    }

    /// Shows what the person is about to agree to, and asks.
    func asked<R: ~Copyable, H: Holder>(
        _ summary: Summary, _ holder: H, isShown: Bool = true, _ question: (H) async throws(HolderError) -> R
    ) async throws(DeviceError) -> R {
        show(.showing(summary))
        if isShown { await holder.show(.confirmOnDevice(summary)) }
        do { return try await question(holder) } catch {
            show(.idle)
            throw DeviceError(error, descriptor.name)
        }
    }

    /// Shows a code and gives it.
    func answer(_ code: String, for summary: Summary) -> Response {
        show(.code(code, for: summary))
        return .code(code)
    }

    /// What the display shows of a pairing.
    func pairingSummary(_ name: String?) -> Summary {
        let issuer = Summary.Line("Origin", read(\.issuer))
        return Summary(title: "Pairing", lines: name.map { [issuer, Summary.Line("Enrolment", $0)] } ?? [issuer])
    }

    /// Asks about the first QR code of a pairing, and gives the 10 digits.
    func begin(_ offer: ScanPairingOffer, _ text: String, _ holder: some Holder) async throws(DeviceError) -> Response {
        let summary = pairingSummary(offer.enrolment)
        try await asked(summary, holder) { holder throws(HolderError) in try await holder.consent(to: summary) }
        return answer(try step { state, _ throws(ScanRefusal) in try state.accept(offer, text) }, for: summary)
    }

    private func told<R: Sendable>(_ body: () throws(ScanRefusal) -> R) throws(DeviceError) -> R {
        do { return try body() } catch {
            show(.refused(error))
            throw DeviceError(.challengeRefused, descriptor.name)
        }
    }
}
