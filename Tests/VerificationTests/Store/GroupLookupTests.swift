import Foundation
import GRDB
import StoreTables
import TestSupport
import Testing

@testable import SQLiteStore
@testable import Verification

/// Lookups that share a reading.
struct GroupLookupTests {
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

    @Test func `a reading that ends in the middle is told to those who were left, and to nobody else`() async throws {
        let ending: Body = { (reader) throws(StoreError) in
            try reader.execute("ROLLBACK", [])
            throw .unavailable("the disk is gone")
        }
        let found = try await runTogether([failures, ending, failures], at: connections, run: GroupLookup.run)
        #expect(found == [.success(0), .failure(.unavailable("the disk is gone")), .failure(.unavailable("the disk is gone"))])
        #expect(try await runTogether([failures], at: connections, run: GroupLookup.run) == [.success(0)])
    }

    @Test func `without a connection everybody is told so`() async throws {
        let nowhere = Self.connections(beside: store, at: folder.path("nowhere/store"))
        let found = try await runTogether([failures, failures], at: nowhere, run: GroupLookup.run)
        #expect(found == [.failure(.busy), .failure(.busy)])
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

    @Test func `whoever has given up is not looked up`() async throws {
        let lookups = GroupLookup(connections)
        let (begun, run) = (Latch(), Latch())
        async let wasLet = lookups.lookUp { (_) throws(StoreError) in begun.hold() }
        #expect(await eventually { begun.isHeld })
        let task = Task {
            try await lookups.lookUp { (_) throws(StoreError) in run.hold() }
        }
        task.cancel()
        let outcome = await task.result
        #expect(throws: StoreError.cancelled) { try outcome.get() }
        begun.release()
        #expect(try await wasLet)
        #expect(try await lookups.lookUp { (reader) throws(StoreError) in try reader.enrolment(one.id) } == one)
        #expect(!run.isHeld)
    }
}
