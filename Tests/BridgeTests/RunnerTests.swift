import DeviceProtocol
import Emulation
import Foundation
import HTTPDoor
import NIOCore
import TestSupport
import Testing
import Verification

@testable import Bridge

/// Attached devices, driven from the request to the outcome.
@Suite(.timeLimit(.minutes(5))) struct RunnerTests {
    let world: TestWorld
    let daemon: TestDaemon
    let card: VirtualCard
    let device: DeviceID
    var person: TestPerson { daemon.person }

    init() async throws {
        world = try TestWorld()
        (card, device) = try await world.enrolCard()
        daemon = try TestDaemon(world)
        #expect(await daemon.isReady(device))
    }

    @Test func `a payment is asked for, signed and recorded`() async throws {
        let id = try await daemon.begin(on: device)
        #expect(await daemon.isAsked(.enterPIN, for: id))
        #expect(try await daemon.state(of: id) == .pending)
        #expect(daemon.prompt(of: id)?.triesLeft == 5)
        person.answer(.pin(TestWorld.pin))
        #expect(try await daemon.ends(id, as: "succeeded"))
        #expect(await eventually { daemon.prompt(of: id) == nil })
    }

    @Test func `after a wrong PIN the device asks again and says so`() async throws {
        let id = try await daemon.begin(on: device)
        person.answer(.pin("999999"))
        #expect(await eventually { daemon.prompt(of: id)?.previousWasWrong == true })
        #expect(daemon.prompt(of: id)?.triesLeft == 4)
        #expect(try await daemon.state(of: id) == .working)
        person.answer(.pin(TestWorld.pin))
        #expect(try await daemon.ends(id, as: "succeeded"))
    }

    @Test func `the last try is not spent unless the person says so`() async throws {
        let id = try await daemon.begin(on: device)
        for _ in 0..<4 { person.answer(.pin("999999")) }
        #expect(await eventually { daemon.prompt(of: id)?.triesLeft == 1 })
        person.answer(.pin("not asked for a PIN yet"))
        #expect(try await daemon.ends(id, as: "failed"))
        let state = try await daemon.state(of: id)
        guard case .ended(.failed(let failure)) = state else {
            Issue.record("\(state)")
            return
        }
        #expect(failure.code == "lastTry")
    }

    @Test(arguments: [
        (HolderError.declined, "cancelled", "declined"), (.timedOut, "cancelled", "timedOut"), (.cancelled, "cancelled", "cancelled"),
        (.unavailable, "failed", "holderUnavailable"), (.tooLong(bytes: 1155, limit: 1000), "failed", "detailsTooLong"),
    ])
    func `what the person says is the outcome, and is told with it`(_ refusal: HolderError, _ outcome: String, _ code: String) async throws
    {
        let id = try await daemon.begin(on: device)
        person.answer(.refusal(refusal))
        #expect(try await daemon.ends(id, as: outcome))
        let failure = try #require(try await told(id)["failure"] as? [String: String])
        #expect(failure["code"] == code && failure["detail"]?.isEmpty == false && failure["userAction"]?.isEmpty == false)
    }

    @Test func `what the client took back, and what was answered wrongly, has no reason`() async throws {
        let id = try await daemon.begin(on: device)
        #expect(await daemon.isAsked(.enterPIN, for: id))
        try await daemon.runner.cancel(id)
        #expect(try await told(id)["failure"] == nil)
        let next = try await daemon.begin(on: device)
        #expect(await daemon.isAsked(.enterPIN, for: next))
        _ = try await elsewhere().submit(.signature([1, 2, 3], certificates: [[4]]), to: next)
        #expect(try await told(next)["state"] as? String == "refused")
        #expect(try await told(next)["failure"] == nil)
    }

    /// An operation as clients are told of it.
    private func told(_ id: ChallengeID) async throws -> [String: Any] {
        let line = try await daemon.feed.forms.form(of: daemon.bank.operations.operation(id)).line()
        return try #require(JSONSerialization.jsonObject(with: Data(line.readableBytesView)) as? [String: Any])
    }

    // MARK: Cancelling

    @Test func `a request is taken back while the PIN is asked for`() async throws {
        let id = try await daemon.begin(on: device)
        #expect(await daemon.isAsked(.enterPIN, for: id))
        try await daemon.runner.cancel(id)
        #expect(try await daemon.ends(id, as: "cancelled"))
        // The device is free at once, and the prompt is gone.
        let next = try await daemon.begin(on: device)
        #expect(await daemon.isAsked(.enterPIN, for: next))
        #expect(daemon.prompt(of: id) == nil)
        person.answer(.pin(TestWorld.pin))
        #expect(try await daemon.ends(next, as: "succeeded"))
    }

    @Test func `a request is taken back while a card command runs`() async throws {
        _ = world.readers.pull(from: "Reader 00")
        let plan = try #require(FaultPlan("delay 25000 ms before VERIFY 2"))
        let runner = daemon.runner
        #expect(await eventually { await !runner.isAttached(device) })
        try world.readers.insert(card, in: "Reader 00", faults: plan)
        #expect(await daemon.isReady(device))
        let id = try await daemon.begin(on: device)
        #expect(await eventually { daemon.feed.board.device(device)?.owner == "core" })
        try await runner.cancel(id)
        #expect(try await daemon.ends(id, as: "cancelled"))
        #expect(await eventually { daemon.feed.board.device(device)?.owner == nil })
    }

    @Test func `after the PIN was given it is too late, and the person can still decline`() async throws {
        let id = try await daemon.begin(on: device)
        person.answer(.pin("999999"))
        #expect(await eventually { daemon.prompt(of: id)?.previousWasWrong == true })
        await #expect(throws: VerificationError.working(id)) { try await daemon.runner.cancel(id) }
        person.answer(.refusal(.declined))
        #expect(try await daemon.ends(id, as: "cancelled"))
    }

    @Test func `a request that waits for its card is taken back`() async throws {
        world.readers.pull(from: "Reader 00")
        let runner = daemon.runner
        #expect(await eventually { await !runner.isAttached(device) })
        let id = try await daemon.begin(on: device)
        #expect(await daemon.isAsked(.insertCard, for: id))
        try await runner.cancel(id)
        #expect(try await daemon.ends(id, as: "cancelled"))
        #expect(await eventually { daemon.prompt(of: id) == nil })
    }

    // MARK: Cards that are pulled

    @Test func `a card that is pulled while the PIN is asked for is waited for, and the payment goes on`() async throws {
        let id = try await daemon.begin(on: device)
        #expect(await daemon.isAsked(.enterPIN, for: id))
        world.readers.pull(from: "Reader 00")
        #expect(await daemon.isAsked(.insertCard, for: id))
        #expect(try await daemon.state(of: id) == .pending)
        try world.readers.insert(card, in: "Reader 00")
        #expect(await daemon.isAsked(.enterPIN, for: id))
        person.answer(.pin(TestWorld.pin))
        #expect(try await daemon.ends(id, as: "succeeded"))
    }

    @Test func `a card that comes and goes again while the store is slow is waited for, too`() async throws {
        let runner = daemon.runner
        let id = try await daemon.begin(on: device)
        #expect(await daemon.isAsked(.enterPIN, for: id))
        daemon.cut.hold()
        world.readers.pull(from: "Reader 00")
        // The prompt is withdrawn, and the Runner asks whether the payment is still wanted.
        #expect(await eventually { daemon.cut.heldCount > 0 })
        #expect(await eventually { await !runner.isAttached(device) })
        try world.readers.insert(card, in: "Reader 00")
        #expect(await eventually { await runner.isAttached(device) })
        world.readers.pull(from: "Reader 00")
        #expect(await eventually { await !runner.isAttached(device) })
        daemon.cut.release()
        #expect(await daemon.isAsked(.insertCard, for: id))
        try world.readers.insert(card, in: "Reader 00")
        #expect(await daemon.isAsked(.enterPIN, for: id))
        person.answer(.pin(TestWorld.pin))
        #expect(try await daemon.ends(id, as: "succeeded"))
    }

    @Test(arguments: [("pull before VERIFY 3", "failed"), ("pull after GENERAL AUTHENTICATE 1", "indeterminate")])
    func `a card that is pulled later ends it as what happened`(_ plan: String, _ outcome: String) async throws {
        world.readers.pull(from: "Reader 00")
        let runner = daemon.runner
        #expect(await eventually { await !runner.isAttached(device) })
        try world.readers.insert(card, in: "Reader 00", faults: try #require(FaultPlan(plan)))
        #expect(await daemon.isReady(device))
        let id = try await daemon.begin(on: device)
        person.answer(.pin(TestWorld.pin))
        #expect(try await daemon.ends(id, as: outcome))
    }

    @Test func `a request waits for its card until its time is over`() async throws {
        world.readers.pull(from: "Reader 00")
        let id = try await daemon.begin(on: device, lease: 3_600, timeToLive: 600)
        #expect(await daemon.isAsked(.insertCard, for: id))
        world.move(by: 601)
        #expect(try await daemon.ends(id, as: "expired"))
    }

    // MARK: Turns and leases

    @Test func `one caller with many requests delays another by one of them`() async throws {
        let (greedy, modest) = (Caller("greedy", roles: [.deviceUser]), Caller("modest", roles: [.deviceUser]))
        var many: [ChallengeID] = []
        for _ in 0..<4 { many.append(try await daemon.begin(on: device, by: greedy)) }
        let one = try await daemon.begin(on: device, by: modest)
        #expect(await daemon.isAsked(.enterPIN, for: many[0]))
        #expect(daemon.feed.board.notes(on: one).place == .init(position: 2, ahead: "greedy"))
        for _ in 0..<3 { person.answer(.pin(TestWorld.pin)) }
        #expect(try await daemon.ends(one, as: "succeeded"))
        #expect(try await daemon.state(of: many[3]) == .pending)
        #expect(await eventually { daemon.feed.board.device(device)?.owner == "greedy" })
    }

    @Test func `a caller cannot fill the queue`() async throws {
        for _ in 0..<65 { _ = try await daemon.begin(on: device) }
        do {
            _ = try await daemon.begin(on: device)
            Issue.record("another one waits")
        } catch let problem as Problem { #expect(problem.code == "tooManyRequests") }
        let other = Caller("other", roles: [.deviceUser])
        _ = try await daemon.begin(on: device, by: other)
    }

    @Test func `nor can one whose requests all come at once`() async throws {
        daemon.cut.hold()
        let refused = Tally()
        let begun = Task { [daemon, device] in
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<80 {
                    group.addTask {
                        if (try? await daemon.begin(on: device)) != nil { return true }
                        refused.add()
                        return false
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
        }
        // All came; who got past the door is on the way into the store.
        #expect(await eventually { daemon.cut.heldCount >= 64 && refused.count == 16 })
        daemon.cut.release()
        #expect(await begun.value == 64)
        // What was refused, and what is through, keeps no place.
        #expect(try await daemon.begin(on: device) != ChallengeID(Array(repeating: 0, count: 16)))
        await #expect(throws: Problem.self) { try await daemon.begin(on: device) }
    }

    @Test func `a request that the store refuses keeps no place`() async throws {
        daemon.cut.hold(refusing: true)
        for _ in 0..<65 { await #expect(throws: VerificationError.self) { try await daemon.begin(on: device) } }
        daemon.cut.release()
        let id = try await daemon.begin(on: device)
        #expect(await daemon.isAsked(.enterPIN, for: id))
    }

    @Test func `a client that is silent for too long frees the device`() async throws {
        let id = try await daemon.begin(on: device, lease: 1_800, timeToLive: 7_200)
        let next = try await daemon.begin(on: device, by: Caller("other", roles: [.deviceUser]), lease: 7_200, timeToLive: 7_200)
        #expect(await daemon.isAsked(.enterPIN, for: id))
        world.move(by: 1_200)
        await daemon.runner.renewLease(of: id, by: TestDaemon.core)
        world.move(by: 1_200)
        #expect(await daemon.isAsked(.enterPIN, for: id))
        #expect(try await daemon.state(of: id) == .pending)
        world.move(by: 700)
        #expect(try await daemon.ends(id, as: "cancelled"))
        #expect(await daemon.isAsked(.enterPIN, for: next))
    }

    @Test func `what others look at is no sign of the client's life, and a step of the time of day is no silence`() async throws {
        let id = try await daemon.begin(on: device, lease: 1_800, timeToLive: 7_200)
        #expect(await daemon.isAsked(.enterPIN, for: id))
        world.moveTimeOfDay(by: 3_600)
        for _ in 0..<10 { await daemon.runner.tick() }
        #expect(try await daemon.state(of: id) == .pending)
        world.move(by: 1_200)
        await daemon.runner.renewLease(of: id, by: Caller("other", roles: [.deviceUser]))
        world.move(by: 700)
        #expect(try await daemon.ends(id, as: "cancelled"))
    }

    @Test func `a client that listens is not silent`() async throws {
        let id = try await daemon.begin(on: device, lease: 1_800)
        let listener = try await daemon.feed.listen(as: "core", after: nil)
        world.move(by: 1_900)
        #expect(await daemon.isAsked(.enterPIN, for: id))
        for _ in 0..<10 { await daemon.runner.tick() }
        #expect(try await daemon.state(of: id) == .pending)
        withExtendedLifetime(listener) {}
    }

    @Test func `a lease that lapses after the PIN was given changes nothing`() async throws {
        let id = try await daemon.begin(on: device, lease: 120)
        person.answer(.pin("999999"))
        #expect(await eventually { daemon.prompt(of: id)?.previousWasWrong == true })
        // Behind the lease, and before the claim's 300 s.
        world.move(by: 125)
        for _ in 0..<10 { await daemon.runner.tick() }
        #expect(try await daemon.state(of: id) == .working)
        person.answer(.pin(TestWorld.pin))
        #expect(try await daemon.ends(id, as: "succeeded"))
    }

    @Test(arguments: [1_800.0, -1_800.0])
    func `a clock that is set neither ends a claim nor prolongs it`(_ step: TimeInterval) async throws {
        let id = try await daemon.begin(on: device, lease: 3_600, timeToLive: 7_200)
        person.answer(.pin("999999"))
        #expect(await eventually { daemon.prompt(of: id)?.previousWasWrong == true })
        world.moveTimeOfDay(by: step)
        for _ in 0..<10 { await daemon.runner.tick() }
        #expect(daemon.prompt(of: id)?.previousWasWrong == true)
        #expect(try await daemon.state(of: id) == .working)
        // The device was asked for as long as others leave it alone.
        world.move(by: 301)
        #expect(await eventually { daemon.prompt(of: id) == nil })
        #expect(await eventually { daemon.feed.board.device(device)?.owner == nil })
    }

    // MARK: Answers from elsewhere, and for others

    /// Another process, as far as the Runner can tell.
    private func elsewhere() throws -> Operations {
        try Operations(store: world.store, origin: "bank.example", policy: world.policy) { [world] in world.now }
    }

    @Test func `an operation that ended elsewhere frees the device`() async throws {
        let id = try await daemon.begin(on: device)
        #expect(await daemon.isAsked(.enterPIN, for: id))
        try await elsewhere().cancel(id)
        #expect(await eventually { daemon.prompt(of: id) == nil })
        #expect(await eventually { daemon.feed.board.device(device)?.owner == nil })
    }

    @Test func `an operation that ended elsewhere after a wrong PIN is asked for no longer`() async throws {
        let id = try await daemon.begin(on: device)
        person.answer(.pin("999999"))
        #expect(await eventually { daemon.prompt(of: id)?.previousWasWrong == true })
        try await elsewhere().giveUp(id)
        #expect(await eventually { daemon.prompt(of: id) == nil })
        #expect(await eventually { daemon.feed.board.device(device)?.owner == nil })
        #expect(try await daemon.outcome(of: id) == "indeterminate")
    }

    @Test func `a PIN for what ended elsewhere a moment ago does not reach the card`() async throws {
        // It never looks by itself.
        let daemon = try TestDaemon(world, node: "n2", running: { $0.tick = .seconds(3_600) })
        #expect(await daemon.isReady(device))
        let id = try await daemon.begin(on: device)
        daemon.person.answer(.pin("999999"))
        #expect(await eventually { daemon.prompt(of: id)?.previousWasWrong == true })
        try await elsewhere().giveUp(id)
        daemon.person.answer(.pin(TestWorld.pin))
        // With the right one there would be five again.
        #expect(await eventually { daemon.feed.board.device(device)?.status?.triesLeft == 4 })
        #expect(try await daemon.outcome(of: id) == "indeterminate")
    }

    @Test func `what was begun without anybody having heard of it is taken up`() async throws {
        let operation = try await daemon.bank.operations.begin(
            TestWorld.payment(), for: world.alice, with: device, idempotencyKey: "one",
            attachment: Attachment(caller: "core", node: "n1", lease: 60))
        await daemon.runner.sweep()
        #expect(await daemon.isAsked(.enterPIN, for: operation.id))
        person.answer(.pin(TestWorld.pin))
        #expect(try await daemon.ends(operation.id, as: "succeeded"))
    }

    @Test func `the same request is the same operation, and is asked for once`() async throws {
        let first = try await daemon.begin(on: device, key: "one")
        #expect(await daemon.isAsked(.enterPIN, for: first))
        #expect(try await daemon.begin(on: device, key: "one") == first)
        #expect(daemon.feed.board.device(device)?.waiting == 0)
        person.answer(.pin(TestWorld.pin))
        #expect(try await daemon.ends(first, as: "succeeded"))
        #expect(person.asked.count == 1)
    }

    @Test func `what waits for its device already is not answered a second time`() async throws {
        let id = try await daemon.begin(on: device)
        #expect(await daemon.isAsked(.enterPIN, for: id))
        let presentation = try await daemon.bank.operations.presentation(of: id)
        await #expect(throws: DeviceError.self) {
            try await daemon.runner.answer(presentation, for: id, on: device, by: TestDaemon.core)
        }
        // The first goes on as if nobody had asked.
        try await daemon.runner.cancel(id)
        #expect(await eventually { daemon.feed.board.device(device)?.owner == nil })
    }

    @Test func `a login has its answer without being submitted`() async throws {
        let challenge = try Challenge(
            id: ChallengeID(Array(repeating: 7, count: 16)), origin: "bank.example", issuedAt: world.now,
            content: .login(Login(place: "Luxembourg", browser: "Firefox")))
        person.answer(.pin(TestWorld.pin))
        let response = try await daemon.runner.answer(.plain(challenge), for: challenge.id, on: device, by: TestDaemon.core)
        if case .signature = response {} else { Issue.record("\(response)") }
        let elsewhere = try DeviceID("elsewhere")
        await #expect(throws: DeviceError(.removed, "elsewhere")) {
            try await daemon.runner.answer(.nothing, for: nil, on: elsewhere, by: TestDaemon.core)
        }
    }
}
