import Foundation
import GRDB
import StoreTables
import TestSupport
import Testing

@testable import SQLiteStore
@testable import Verification

/// Lookups that share a reading.
@Suite(.timeLimit(.minutes(5))) struct GroupLookupTests {
    private typealias Body = PendingErrand<Int>.Body

    private let folder: TemporaryFolder
    private let store: SQLiteStore
    private let connections: LookupConnections
    private let one: Enrolment

    init() async throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore(at: folder.path("store"), mark: .test)
        connections = Self.connections(beside: store, at: folder.path("store"))
        one = try enrolment("T-1")
        try await store.insert(one)
    }

    /// Those of a store whose callers never get a turn.
    private static func connections(beside store: SQLiteStore, at path: String) -> LookupConnections {
        LookupConnections(
            beside: store.database, at: path, Configuration(), secrets: StoredSecrets(protection: nil), turns: CallerTurns(0))
    }

    /// How many failures are stored.
    private var failures: Body {
        { [one] (reader) throws(StoreError) in
            guard let found = try reader.enrolment(one.id) else { throw .damaged("it is gone") }
            return found.failures
        }
    }

    @Test func `those who come together see one state, and each gets their own result`() async throws {
        let other = try DatabaseQueue(path: folder.path("store"))
        let countFailure: Body = { [failures] (reader) throws(StoreError) in
            let before = try failures(reader)
            do { try other.write { try $0.execute(sql: "UPDATE enrolment SET failures = 5, version = version + 1") } } catch {
                throw StoreError(error)
            }
            return before
        }
        let seen = try await runTogether([countFailure, failures], at: connections, run: GroupLookup.run)
        #expect(seen == [.success(0), .success(0)])
        #expect(try await runTogether([failures], at: connections, run: GroupLookup.run) == [.success(5)])
    }

    @Test func `one that fails leaves the others theirs`() async throws {
        let failing: Body = { (_) throws(StoreError) in throw .damaged("mine") }
        let found = try await runTogether([failing, failures, failing], at: connections, run: GroupLookup.run)
        #expect(found == [.failure(.damaged("mine")), .success(0), .failure(.damaged("mine"))])
    }

    @Test func `whoever is done goes on while others are looked up`() async throws {
        let gone = DispatchSemaphore(value: 0)
        let afterTheFirst: Body = { (_) throws(StoreError) in gone.wait(timeout: .now() + 60) == .success ? 1 : 0 }
        let found = try await runTogether(
            [failures, afterTheFirst], at: connections, gone: { if $0 == 0 { gone.signal() } }, run: GroupLookup.run)
        #expect(found == [.success(0), .success(1)])
    }

    @Test func `a reading that ends in the middle is the failure of whom it ended with, and the others have another`() async throws {
        let ending: Body = { (reader) throws(StoreError) in
            try reader.execute("ROLLBACK", [])
            throw .unavailable("the disk is gone")
        }
        let found = try await runTogether([failures, ending, failures, ending], at: connections, run: GroupLookup.run)
        let gone = Result<Int, StoreError>.failure(.unavailable("the disk is gone"))
        #expect(found == [.success(0), gone, .success(0), gone])
    }

    @Test func `whoever hides that the reading has ended is told so`() async throws {
        let hiding: Body = { (reader) throws(StoreError) in
            try reader.execute("ROLLBACK", [])
            return 1
        }
        let found = try await runTogether([hiding, failures, hiding], at: connections, run: GroupLookup.run)
        #expect(found[1] == .success(0))
        for hidden in [found[0], found[2]] { #expect(throws: StoreError.self) { try hidden.get() } }
    }

    @Test func `without a connection everybody is told so, and nobody waits`() async throws {
        let nowhere = Self.connections(beside: store, at: folder.path("nowhere/store"))
        let found = try await runTogether([failures, failures], at: nowhere, run: GroupLookup.run)
        #expect(found == [.failure(.busy), .failure(.busy)])
        #expect(try await GroupLookup(nowhere).lookUp { (reader) throws(StoreError) in try reader.enrolment(one.id) } == nil)
    }

    @Test func `many who get no turn are all looked up`() async throws {
        let lookups = GroupLookup(connections)
        let found = try await withThrowingTaskGroup(of: Bool.self) { [one] group in
            for _ in 0..<64 {
                group.addTask {
                    for _ in 0..<20 {
                        guard try await lookups.lookUp({ (reader) throws(StoreError) in try reader.enrolment(one.id) }) == one else {
                            return false
                        }
                    }
                    return true
                }
            }
            return try await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(found.count == 64 && found.allSatisfy(\.self))
    }

    @Test func `whoever has given up in the queue is not looked up, and the others are`() async throws {
        let (connections, failures, ran) = (connections, failures, Latch())
        let queued = Collected<QueuedErrand<LookupConnections>>()
        let leaving = Task {
            try await PendingErrand<Bool> { (_) throws(StoreError) in ran.hold() }.outcome { queued.add(QueuedErrand($0, at: connections)) }
        }
        #expect(await eventually { queued.all.count == 1 })
        leaving.cancel()
        let outcome = await leaving.result
        #expect(throws: StoreError.cancelled) { try outcome.get() }
        async let staying = PendingErrand<Int>(failures).outcome { queued.add(QueuedErrand($0, at: connections)) }
        #expect(await eventually { queued.all.count == 2 })
        GroupLookup.run(queued.all)
        #expect(try await staying == 0)
        #expect(!ran.isHeld)
        GroupLookup.run(queued.all)
    }

    @Test func `what an errand holds is let go before its caller goes on`() async throws {
        let (end, failures, connections) = (DispatchSemaphore(value: 0), failures, connections)
        let queued = Collected<QueuedErrand<LookupConnections>>()
        let task = Task {
            let body: Body = { [witness = Witness(end)] (reader) throws(StoreError) in
                try withExtendedLifetime(witness) { () throws(StoreError) in try failures(reader) }
            }
            return try await PendingErrand(body).outcome { queued.add(QueuedErrand($0, at: connections)) }
        }
        #expect(await eventually { queued.all.count == 1 })
        GroupLookup.run(queued.all)
        #expect(try await task.value == 0)
        #expect(end.wait(timeout: .now()) == .success)
    }

    @Test func `what is held by the errand of who gave up is let go at once, and its place at its turn`() async throws {
        let (end, placeEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let queued = Collected<QueuedErrand<Witness>>()
        let task = Task {
            let body: Body = { [witness = Witness(end)] (_) throws(StoreError) in withExtendedLifetime(witness) { 0 } }
            return try await PendingErrand(body).outcome { queued.add(QueuedErrand($0, at: Witness(placeEnd))) }
        }
        #expect(await eventually { queued.all.count == 1 })
        task.cancel()
        await #expect(throws: StoreError.cancelled) { try await task.value }
        #expect(end.wait(timeout: .now()) == .success && placeEnd.wait(timeout: .now()) == .timedOut)
        #expect(queued.all.begun()?.errands.count == nil)
        #expect(placeEnd.wait(timeout: .now()) == .success)
    }

    @Test func `the thread lets go of its connection before the writer closes, which leaves one file`() async throws {
        let path = folder.path("alone")
        let one = one
        try await SQLiteStore(at: path, mark: .test).insert(one)
        #expect(await eventually { !FileManager.default.fileExists(atPath: path + "-wal") })
        do {
            let pool = try DatabasePool(path: path)
            try await pool.write { try $0.execute(sql: "UPDATE enrolment SET failures = 3") }
            let lookups = GroupLookup(
                LookupConnections(
                    beside: pool, at: path, Configuration(), secrets: StoredSecrets(protection: nil), turns: CallerTurns(0)))
            #expect(try await lookups.lookUp { (reader) throws(StoreError) in try reader.enrolment(one.id)?.failures } == 3)
        }
        #expect(await eventually { !FileManager.default.fileExists(atPath: path + "-wal") })
    }
}

/// Tells when nobody holds it any more.
private final class Witness: Sendable {
    private let end: DispatchSemaphore

    init(_ end: DispatchSemaphore) { self.end = end }

    deinit { end.signal() }
}
