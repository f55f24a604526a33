import DeviceProtocol
import Emulation
import Foundation
import HTTPDoor
import NIOCore
import TestSupport
import Testing
import Verification

@testable import Bridge

/// The daemon is killed at every state of an operation, and started again over the same store.
@Suite(.timeLimit(.minutes(5))) struct RestartTests {
    let world: TestWorld
    let card: VirtualCard
    let device: DeviceID

    init() async throws {
        world = try TestWorld()
        (card, device) = try await world.enrolCard()
    }

    private func start(node: String = "n1") async throws -> TestDaemon {
        let daemon = try TestDaemon(world, node: node)
        let (runner, device) = (daemon.runner, device)
        #expect(await eventually { await runner.isAttached(device) })
        return daemon
    }

    @Test func `what was asked for goes on, and the person is asked again`() async throws {
        let first = try await start()
        let asked = try #require(Requester(caller: TestDaemon.core.name, clerk: "anna.k"))
        let id = try await Requester.$current.withValue(asked) { try await first.begin(on: device) }
        #expect(await first.isAsked(.enterPIN, for: id))
        first.kill()
        let second = try await start()
        #expect(await second.isAsked(.enterPIN, for: id))
        second.person.answer(.pin(TestWorld.pin))
        #expect(try await second.ends(id, as: "succeeded"))
        let row = try await second.bank.audit.rows().last
        #expect(row?.kind == .accepted && row?.requester == asked, "who asked before the restart is written down")
    }

    @Test func `what waited for its card or its turn goes on, in the order in which it was begun`() async throws {
        let first = try await start()
        let ids = [try await first.begin(on: device), try await first.begin(on: device)]
        world.readers.pull(from: "Reader 00")
        #expect(await first.isAsked(.insertCard, for: ids[0]))
        first.kill()
        let second = try TestDaemon(world)
        #expect(await second.isAsked(.insertCard, for: ids[0]))
        try world.readers.insert(card, in: "Reader 00")
        for id in ids {
            #expect(await second.isAsked(.enterPIN, for: id))
            second.person.answer(.pin(TestWorld.pin))
            #expect(try await second.ends(id, as: "succeeded"))
        }
    }

    @Test func `a device that may have signed makes it indeterminate`() async throws {
        world.readers.pull(from: "Reader 00")
        try world.readers.insert(card, in: "Reader 00", faults: #require(FaultPlan("delay 25000 ms before VERIFY 3")))
        let first = try await start()
        #expect(await first.isReady(device))
        let id = try await first.begin(on: device)
        first.person.answer(.pin(TestWorld.pin))
        #expect(try await eventually { try await first.state(of: id) == .working })
        first.kill()
        let second = try await start()
        #expect(try await second.ends(id, as: "indeterminate"))
        let notes = second.feed.board.notes(on: id)
        #expect(notes == Board.Notes())
    }

    @Test func `a wrong PIN before, and the next one asked for, is indeterminate, too`() async throws {
        let first = try await start()
        let id = try await first.begin(on: device)
        first.person.answer(.pin("999999"))
        #expect(await eventually { first.prompt(of: id)?.previousWasWrong == true })
        first.kill()
        let second = try await start()
        #expect(try await second.ends(id, as: "indeterminate"))
    }

    @Test func `another node leaves a claim alone until it lapses`() async throws {
        let first = try await start()
        let id = try await first.begin(on: device, lease: 3_600)
        first.person.answer(.pin("999999"))
        #expect(await eventually { first.prompt(of: id)?.previousWasWrong == true })
        first.kill()
        let other = try await start(node: "n2")
        await other.runner.sweep()
        #expect(try await other.state(of: id) == .working)
        world.move(by: 200)
        await other.runner.sweep()
        #expect(try await other.state(of: id) == .working)
        world.move(by: 101)
        await other.runner.sweep()
        #expect(try await other.outcome(of: id) == "indeterminate")
    }

    @Test func `however the time of day is set, another node counts a claim by its own clock`() async throws {
        let first = try await start()
        let id = try await first.begin(on: device, lease: 3_600, timeToLive: 7_200)
        first.person.answer(.pin("999999"))
        #expect(await eventually { first.prompt(of: id)?.previousWasWrong == true })
        // Without the card, which the first one has.
        let other = try TestDaemon(world, node: "n2")
        await other.runner.sweep()
        // Half an hour ahead: the first one lives, and its device signs.
        world.moveTimeOfDay(by: 1_800)
        await other.runner.sweep()
        #expect(try await other.state(of: id) == .working)
        first.person.answer(.pin(TestWorld.pin))
        #expect(try await first.ends(id, as: "succeeded"))

        let next = try await first.begin(on: device, lease: 3_600, timeToLive: 7_200)
        first.person.answer(.pin("999999"))
        #expect(await eventually { first.prompt(of: next)?.previousWasWrong == true })
        first.kill()
        await other.runner.sweep()
        // An hour back: the first one is dead, and does not live longer for it.
        world.moveTimeOfDay(by: -3_600)
        world.move(by: 301)
        await other.runner.sweep()
        #expect(try await other.outcome(of: next) == "indeterminate")
    }

    @Test func `a node that has only just started leaves a claim its whole time`() async throws {
        let first = try await start()
        let id = try await first.begin(on: device, lease: 3_600)
        first.person.answer(.pin("999999"))
        #expect(await eventually { first.prompt(of: id)?.previousWasWrong == true })
        first.kill()
        world.move(by: 250)
        let other = try await start(node: "n2")
        await other.runner.sweep()
        world.move(by: 100)
        await other.runner.sweep()
        #expect(try await other.state(of: id) == .working)
        world.move(by: 201)
        await other.runner.sweep()
        #expect(try await other.outcome(of: id) == "indeterminate")
    }

    @Test func `another node does not take over what waits for a device of the first`() async throws {
        let first = try await start()
        let id = try await first.begin(on: device)
        first.kill()
        let other = try await start(node: "n2")
        try await other.runner.recover()
        #expect(await !other.runner.isRunning(id))
        #expect(try await other.state(of: id) == .pending)
    }

    @Test func `the same request at another node is not run there, too`() async throws {
        let (first, other) = (try await start(), try await start(node: "n2"))
        let id = try await first.begin(on: device, key: "one")
        #expect(await first.isAsked(.enterPIN, for: id))
        #expect(try await other.begin(on: device, key: "one") == id)
        #expect(await !other.runner.isRunning(id))
        let attached = try await other.runner.attach(id, on: device, by: TestDaemon.core)
        #expect(attached.attachment?.node == "n1")
        #expect(await !other.runner.isRunning(id))
        first.person.answer(.pin(TestWorld.pin))
        #expect(try await first.ends(id, as: "succeeded"))
        #expect(other.person.asked.isEmpty)
    }

    @Test func `what expired while nobody was there has expired`() async throws {
        let first = try await start()
        let id = try await first.begin(on: device, timeToLive: 60)
        first.kill()
        world.move(by: 61)
        let second = try await start()
        #expect(try await second.ends(id, as: "expired"))
    }

    @Test func `an outcome stays, and nobody is asked again`() async throws {
        let first = try await start()
        let id = try await first.begin(on: device)
        first.person.answer(.pin(TestWorld.pin))
        #expect(try await first.ends(id, as: "succeeded"))
        first.kill()
        let second = try await start()
        #expect(await !second.runner.isRunning(id))
        #expect(try await second.outcome(of: id) == "succeeded")
        #expect(second.person.asked.isEmpty)
    }

    @Test func `a service that is stopped leaves what is pending to the next start`() async throws {
        let first = try await start()
        let id = try await first.begin(on: device)
        #expect(await first.isAsked(.enterPIN, for: id))
        await first.stop()
        #expect(try await first.state(of: id) == .pending)
        let second = try await start()
        second.person.answer(.pin(TestWorld.pin))
        #expect(try await second.ends(id, as: "succeeded"))
    }

    @Test func `whoever listens over restarts is told each outcome once`() async throws {
        var listener = Listening()
        var daemon = try await start()
        var ids: [ChallengeID] = []
        for round in 0..<3 {
            let frames = try await listener.join(daemon.feed)
            for _ in 0..<3 {
                let id = try await daemon.begin(on: device)
                ids.append(id)
                daemon.person.answer(.pin(TestWorld.pin))
                #expect(try await daemon.ends(id, as: "succeeded"))
            }
            // It hears a part of it, before the daemon is killed.
            try await listener.take(round * 2 + 1, of: frames)
            daemon.kill()
            daemon = try await start()
        }
        let frames = try await listener.join(daemon.feed)
        let last = try #require(ids.last)
        try await listener.take(until: last, of: frames)
        let outcomes = listener.told.filter { $0.state == "succeeded" }.map(\.id)
        #expect(Set(outcomes).count == outcomes.count)
        #expect(Set(outcomes) == Set(ids.map(\.description)))
        #expect(listener.told.map(\.change) == listener.told.map(\.change).sorted())
    }
}
