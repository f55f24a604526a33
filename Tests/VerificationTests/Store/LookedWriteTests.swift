import Foundation
import GRDB
import SQLiteStore
import Synchronization
import TestSupport
import Testing

@testable import Verification

/// Transactions that look before their turn has come.
struct LookedWriteTests {
    private let folder: TemporaryFolder
    private let store: SQLiteStore
    private let one: Enrolment
    private let looks = Looks()

    init() async throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore(at: folder.path("store"), mark: .test)
        one = try enrolment("T-1")
        try await store.insert(one)
    }

    /// Another process, which writes until it is told to commit.
    private func other() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: folder.path("store"), configuration: configuration)
        try other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        return other
    }

    /// Counts a failure of the enrolment, as it was seen.
    private func countFailure() async throws(StoreError) -> Int {
        try await store.write(
            afterLooking: { [one, looks] (reader) throws(StoreError) -> Enrolment in
                looks.add()
                guard let found = try reader.enrolment(one.id) else { throw .damaged("it is gone") }
                return found
            },
            thinking: { (former, preparation) throws(StoreError) -> PreparedUpdate<Enrolment> in
                var changed = former
                changed.failures += 1
                return try preparation.prepared(changed, since: former)
            },
            { (transaction, changed: PreparedUpdate<Enrolment>) throws(StoreError) -> Int in
                try transaction.update(changed)
                return changed.row.failures
            })
    }

    @Test func `alone, both parts are one transaction`() async throws {
        #expect(try await countFailure() == 1)
        #expect(try await countFailure() == 2)
        #expect(looks.count == 2)
    }

    @Test func `while others write it has looked already, and acts upon that`() async throws {
        let other = try other()
        async let failures = countFailure()
        #expect(await eventually { looks.count == 1 })
        try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        #expect(try await failures == 1)
        #expect(looks.count == 1)
    }

    @Test func `what changed meanwhile is looked at again, and nothing is lost`() async throws {
        let other = try other()
        async let failures = countFailure()
        #expect(await eventually { looks.count == 1 })
        try await other.writeWithoutTransaction {
            try $0.execute(sql: "UPDATE enrolment SET failures = failures + 5, version = version + 1; COMMIT")
        }
        #expect(try await failures == 6)
        #expect(looks.count == 2)
        let stored = try await store.read { [one] (reader) throws(StoreError) in try reader.enrolment(one.id)?.failures }
        #expect(stored == 6)
    }

    @Test func `a failure of its own is not tried again`() async throws {
        let look: @Sendable (any StoreReader) throws(StoreError) -> Int = { [looks] _ throws(StoreError) in
            looks.add()
            return 0
        }
        let think: @Sendable (Int, any UpdatePreparing) throws(StoreError) -> Int = { (seen, _) throws(StoreError) in seen }
        let act: @Sendable (any StoreTransaction, Int) throws(StoreError) -> Int = { (_, _) throws(StoreError) in throw .full }
        do throws(StoreError) {
            _ = try await store.write(afterLooking: look, thinking: think, act)
            Issue.record("it was stored")
        } catch { #expect(error == .full) }
        #expect(looks.count == 1)
    }
}

/// How often it was looked.
private final class Looks: Sendable {
    private let state = Mutex(0)
    var count: Int { state.withLock { $0 } }
    func add() { state.withLock { $0 += 1 } }
}
