import DeviceProtocol
import Emulation
import TestSupport
import Testing
import Verification

@testable import Bridge

/// What happens between the person's PIN and the card, while the store takes its time over the claim.
@Suite(.timeLimit(.minutes(5))) struct SlowClaimTests {
    private let world: TestWorld
    private let daemon: TestDaemon
    private let card: VirtualCard
    private let device: DeviceID
    private var runner: Runner { daemon.runner }

    init() async throws {
        world = try TestWorld()
        (card, device) = try await world.enrolCard()
        daemon = try TestDaemon(world)
        #expect(await daemon.isReady(device))
    }

    /// Begins a payment, types a PIN, and keeps the claim that follows on its way to the store.
    private func claim(with pin: String) async throws -> ChallengeID {
        let id = try await daemon.begin(on: device)
        #expect(await daemon.isAsked(.enterPIN, for: id))
        daemon.cut.hold()
        daemon.person.answer(.pin(pin))
        let (runner, cut) = (runner, daemon.cut)
        #expect(await eventually { await runner.jobs.values.contains { $0.state.isClaiming } && cut.heldCount > 0 })
        return id
    }

    /// Ends the program; the store goes on when it has begun to.
    private func end() async {
        let runner = runner
        async let end: Void = runner.end()
        #expect(await eventually { await runner.isEnding })
        daemon.cut.release()
        await end
    }

    @Test func `a claim that is on its way when the program ends is carried out`() async throws {
        let id = try await claim(with: TestWorld.pin)
        await end()
        #expect(try await daemon.ends(id, as: "succeeded"))
    }

    @Test func `a wrong PIN while the program ends is not asked for again, and how it ended is stored`() async throws {
        let id = try await claim(with: "999999")
        await end()
        #expect(try await daemon.outcome(of: id) == "cancelled")
    }

    @Test func `a card that is pulled meanwhile is waited for, and the payment goes on`() async throws {
        let id = try await claim(with: TestWorld.pin)
        world.readers.pull(from: "Reader 00")
        let runner = runner
        #expect(await eventually { await !runner.isAttached(device) })
        daemon.cut.release()
        #expect(await daemon.isAsked(.insertCard, for: id))
        #expect(try await daemon.state(of: id) == .pending)
        try world.readers.insert(card, in: "Reader 00")
        #expect(await daemon.isAsked(.enterPIN, for: id))
        daemon.person.answer(.pin(TestWorld.pin))
        #expect(try await daemon.ends(id, as: "succeeded"))
    }
}
