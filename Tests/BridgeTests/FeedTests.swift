import DeviceProtocol
import Foundation
import NIOCore
import TestSupport
import Testing
import Verification

@testable import Bridge

/// What clients are told, and that nothing of it is lost.
@Suite(.timeLimit(.minutes(5))) struct FeedTests {
    let world: TestWorld
    let device: DeviceID

    init() async throws {
        world = try TestWorld()
        device = try await world.enrolCard().id
    }

    private func elsewhere() throws -> Operations {
        try Operations(store: world.store, origin: "bank.example", issuer: world.issuer, policy: world.policy) { [world] in world.now }
    }

    private func begin(_ operations: Operations) async throws -> ChallengeID {
        try await operations.begin(TestWorld.payment(), for: world.alice, with: device, idempotencyKey: UUID().uuidString).id
    }

    @Test func `two who listen are told the same, in the same order`() async throws {
        let daemon = try TestDaemon(world)
        var (one, two) = (Listening(), Listening())
        let (first, second) = (try await one.join(daemon.feed), try await two.join(daemon.feed, as: "other"))
        var ids: [ChallengeID] = []
        for _ in 0..<5 { ids.append(try await begin(daemon.bank.operations)) }
        for id in ids { try await daemon.bank.operations.cancel(id) }
        let last = try #require(ids.last)
        try await one.take(until: last, of: first)
        try await two.take(until: last, of: second)
        for listener in [one, two] {
            #expect(Set(listener.told.filter { $0.state == "cancelled" }.map(\.id)) == Set(ids.map(\.description)))
            #expect(listener.told.map(\.change) == listener.told.map(\.change).sorted())
        }
    }

    @Test func `changes of other processes are told, too`() async throws {
        let daemon = try TestDaemon(world)
        var listener = Listening()
        let frames = try await listener.join(daemon.feed)
        let id = try await begin(elsewhere())
        try await listener.take(1, of: frames)
        #expect(listener.told.map(\.id) == [id.description])
        #expect(listener.told.first?.state == "pending")
    }

    @Test func `an operation whose time is over is told without anybody asking`() async throws {
        let daemon = try TestDaemon(world)
        var listener = Listening()
        let frames = try await listener.join(daemon.feed)
        let id = try await begin(daemon.bank.operations)
        try await listener.take(1, of: frames)
        world.move(by: 121)
        try await listener.take(until: id, of: frames)
        #expect(listener.told.last?.state == "expired")
    }

    @Test func `it is told to whoever came when the operation had begun, or comes again after a restart`() async throws {
        var listener = Listening()
        let (id, second): (ChallengeID, ChallengeID)
        do {
            let daemon = try TestDaemon(world)
            id = try await begin(daemon.bank.operations)
            second = try await begin(daemon.bank.operations)
            // It hears of nothing until the end.
            let frames = try await listener.join(daemon.feed)
            world.move(by: 121)
            try await listener.take(until: id, of: frames)
            try await listener.take(until: second, of: frames)
            #expect(Set(listener.told.map(\.state)) == ["expired"])
            daemon.kill()
        }
        let last = try await begin(elsewhere())
        let daemon = try TestDaemon(world)
        let frames = try await listener.join(daemon.feed)
        try await listener.take(1, of: frames)
        #expect(listener.told.last?.state == "pending")
        world.move(by: 121)
        try await listener.take(until: last, of: frames)
        #expect(listener.told.last?.state == "expired")
    }

    @Test func `it is told as soon as the store can be asked again`() async throws {
        let daemon = try TestDaemon(world)
        var listener = Listening()
        let frames = try await listener.join(daemon.feed)
        let id = try await begin(daemon.bank.operations)
        try await listener.take(1, of: frames)
        daemon.cut.hold(refusing: true)
        world.move(by: 121)
        #expect(await eventually { daemon.cut.refusedCount > 0 })
        daemon.cut.release()
        try await listener.take(until: id, of: frames)
        #expect(listener.told.last?.state == "expired")
    }

    @Test func `who was told of a change by another process is not taken for a stranger`() async throws {
        let daemon = try TestDaemon(world) { $0.look = .seconds(3_600) }
        _ = try await daemon.feed.listen(as: "another", after: nil)
        _ = try await begin(elsewhere())
        let change = try await daemon.bank.store.read { (reader) throws(StoreError) in try reader.lastChange() }
        let listener = try await daemon.feed.listen(as: "core", after: change)
        #expect(!listener.isTooFarBehind && listener.position == change)
        #expect(try await daemon.feed.listen(as: "core", after: change + 1).isTooFarBehind)
    }

    @Test func `who comes again is told once of each operation that changed, as it is now`() async throws {
        let daemon = try TestDaemon(world) { $0.page = 3 }
        var listener = Listening()
        let before = try await begin(daemon.bank.operations)
        _ = try await listener.join(daemon.feed)
        listener.take(ByteBuffer(string: "id: 1\n\n"))
        var ids: [ChallengeID] = []
        for _ in 0..<10 { ids.append(try await begin(daemon.bank.operations)) }
        for id in ids.dropLast(2) { try await daemon.bank.operations.cancel(id) }
        try await listener.take(10, of: listener.join(daemon.feed))
        #expect(Set(listener.told.map(\.id)) == Set(ids.map(\.description)))
        #expect(listener.told.count == 10)
        #expect(listener.told.filter { $0.state == "cancelled" }.count == 8)
        #expect(!listener.told.contains { $0.id == before.description })
    }

    @Test func `who was away for too long is told to read the lists anew`() async throws {
        let daemon = try TestDaemon(world) { $0.replay = 5 }
        for _ in 0..<7 { _ = try await begin(daemon.bank.operations) }
        var listener = Listening()
        listener.take(ByteBuffer(string: "id: 1\n\n"))
        var frames = try await listener.join(daemon.feed)
        for _ in 0..<2 { if let frame = try await frames.next() { listener.take(frame) } }
        #expect(listener.others == ["reset {}"])
        #expect(listener.last == 7)
        // An id from another store cannot be gone on from either.
        listener.take(ByteBuffer(string: "id: 999\n\n"))
        #expect(try await daemon.feed.listen(as: "core", after: listener.last).isTooFarBehind)
    }

    @Test func `who reads too slowly is dropped, and loses nothing by it`() async throws {
        let daemon = try TestDaemon(world) { $0.buffer = 4 }
        var (slow, quick) = (Listening(), Listening())
        let (stalled, frames) = (try await slow.join(daemon.feed, as: "slow"), try await quick.join(daemon.feed, as: "quick"))
        let feed = daemon.feed
        var ids: [ChallengeID] = []
        for number in 1...12 {
            ids.append(try await begin(daemon.bank.operations))
            try await quick.take(1, of: frames)
            #expect(quick.told.count == number)
        }
        #expect(await eventually { await !feed.isListening("slow") })
        #expect(await feed.isListening("quick"))
        try await slow.take(100, of: stalled)
        #expect(slow.told.count < 12)
        try await slow.take(12 - slow.told.count, of: slow.join(daemon.feed, as: "slow"))
        #expect(slow.told.map(\.id) == ids.map(\.description))
    }

    @Test func `who waits for one operation is woken by its change and its prompts, and by nothing else`() async throws {
        let daemon = try TestDaemon(world)
        let (runner, device) = (daemon.runner, device)
        #expect(await eventually { await runner.isAttached(device) })
        let (one, other) = (try await begin(daemon.bank.operations), try await begin(daemon.bank.operations))
        var news = try await daemon.feed.news(of: one).makeAsyncIterator()
        try await daemon.bank.operations.cancel(other)
        try await daemon.bank.operations.cancel(one)
        _ = await news.next()
        #expect(try await daemon.outcome(of: one) == "cancelled")
        let id = try await daemon.begin(on: device)
        var prompts = try await daemon.feed.news(of: id).makeAsyncIterator()
        while daemon.prompt(of: id) == nil { _ = await prompts.next() }
        #expect(daemon.prompt(of: id)?.kind == .enterPIN)
    }

    @Test func `streams and waits end with the feed`() async throws {
        let daemon = try TestDaemon(world)
        var listener = Listening()
        let frames = try await listener.join(daemon.feed)
        let id = try await begin(daemon.bank.operations)
        var news = try await daemon.feed.news(of: id).makeAsyncIterator()
        await daemon.stop()
        // Neither waits any more: what was told before comes, and then the end.
        try await listener.take(1_000, of: frames)
        #expect(listener.told.count < 1_000)
        while await news.next() != nil {}
        #expect(await daemon.feed.listenerCount == 0)
    }
}
