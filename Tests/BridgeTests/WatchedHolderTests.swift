import DeviceProtocol
import Synchronization
import Testing

@testable import Bridge

/// What comes first: the claim that a device may act, or the word that makes the person act.
@Suite struct WatchedHolderTests {
    /// What happened, in its order.
    private final class Steps: Sendable {
        private let steps = Mutex<[String]>([])

        func take(_ step: String) { steps.withLock { $0.append(step) } }

        var all: [String] { steps.withLock { $0 } }
    }

    /// A person who only looks.
    private struct Onlooker: Holder {
        let steps: Steps

        func show(_ prompt: Prompt) async { steps.take("shown") }

        func consent(to summary: Summary) async throws(HolderError) { steps.take("asked") }

        func pin(for request: PINRequest) async throws(HolderError) -> PIN { throw .unavailable }
    }

    private static let summary = Summary(title: "Payment", lines: [])
    private static let keys = Prompt.enterPINOnPinpad(
        PINRequest(summary: summary, device: "Reader", triesLeft: 3, previousWasWrong: false, wanted: .present("PIN")))

    private func holder(_ steps: Steps, isClaimed: Bool) -> WatchedHolder {
        WatchedHolder(
            base: Onlooker(steps: steps), device: "Reader", publish: { steps.take($0 == nil ? "taken away" : "told") },
            claim: {
                steps.take("claimed")
                return isClaimed
            })
    }

    @Test func `nobody is told to press a reader's keys before the operation is claimed`() async {
        let steps = Steps()
        await holder(steps, isClaimed: true).show(Self.keys)
        #expect(steps.all == ["claimed", "told", "shown"])
    }

    @Test func `where it may not be claimed, nobody is told, and the device is broken off`() async {
        let steps = Steps()
        let isBrokenOff = await Task {
            await holder(steps, isClaimed: false).show(Self.keys)
            return Task.isCancelled
        }.value
        #expect(isBrokenOff && steps.all == ["claimed"])
    }

    @Test func `consent is asked for before the claim, and a claim that is refused breaks off`() async throws {
        let steps = Steps()
        try await holder(steps, isClaimed: true).consent(to: Self.summary)
        #expect(steps.all == ["told", "asked", "taken away", "claimed"])
        await #expect(throws: HolderError.cancelled) { try await holder(Steps(), isClaimed: false).consent(to: Self.summary) }
    }
}
