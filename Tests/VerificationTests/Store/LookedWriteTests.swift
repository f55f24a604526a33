import Crypto
import Foundation
import GRDB
import TestSupport
import Testing

@testable import SQLiteStore
@testable import Verification

/// Transactions that look before their turn has come.
struct LookedWriteTests {
    private let folder: TemporaryFolder
    private let store: SQLiteStore
    private let one: Enrolment
    private let looks = Tally()
    private let thoughts = Tally()

    init() async throws {
        folder = try TemporaryFolder()
        var store = try SQLiteStore(at: folder.path("store"), mark: .test)
        store.thoughtLifetime = .patient
        self.store = store
        one = try enrolment("T-1")
        try await store.insert(one)
    }

    /// Another process, which writes until it is told to commit.
    private func other(at path: String? = nil) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: path ?? folder.path("store"), configuration: configuration)
        try other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        return other
    }

    /// Counts a failure of the enrolment, as it was seen.
    private func countFailure(in store: SQLiteStore? = nil) async throws(StoreError) -> Int {
        try await (store ?? self.store).write(
            afterLooking: { [one, looks] (reader) throws(StoreError) -> Enrolment in
                looks.add()
                guard let found = try reader.enrolment(one.id) else { throw .damaged("it is gone") }
                return found
            },
            thinking: { [thoughts] (former, preparation) throws(StoreError) -> PreparedUpdate<Enrolment> in
                thoughts.add()
                var changed = former
                changed.failures += 1
                return try preparation.prepared(changed, since: former)
            },
            { (transaction, changed: PreparedUpdate<Enrolment>) throws(StoreError) -> Int in
                try transaction.update(changed)
                return changed.row.failures
            })
    }

    @Test func `alone, all parts are one transaction`() async throws {
        #expect(try await countFailure() == 1)
        #expect(try await countFailure() == 2)
        #expect(looks.count == 2)
    }

    @Test func `while others write it has looked and thought already, and acts upon that`() async throws {
        let other = try other()
        async let failures = countFailure()
        #expect(await eventually { thoughts.count == 1 })
        try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        #expect(try await failures == 1)
        #expect((looks.count, thoughts.count) == (1, 1))
    }

    @Test func `what was thought long before the turn came is thought over again in it`() async throws {
        let other = try other()
        var store = store
        store.thoughtLifetime = .zero
        async let failures = countFailure(in: store)
        #expect(await eventually { thoughts.count == 1 })
        try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        #expect(try await failures == 1)
        #expect((looks.count, thoughts.count) == (2, 2))
    }

    @Test func `what changed meanwhile is looked at and thought over again, and nothing is lost`() async throws {
        let other = try other()
        async let failures = countFailure()
        #expect(await eventually { thoughts.count == 1 })
        try await other.writeWithoutTransaction {
            try $0.execute(sql: "UPDATE enrolment SET failures = failures + 5, version = version + 1; COMMIT")
        }
        #expect(try await failures == 6)
        #expect((looks.count, thoughts.count) == (2, 2))
        let stored = try await store.read { [one] (reader) throws(StoreError) in try reader.enrolment(one.id)?.failures }
        #expect(stored == 6)
    }

    @Test func `what was sealed beside others is written as it is, and opens again`() async throws {
        let path = folder.path("sealed")
        var patient = try SQLiteStore(at: path, mark: .test, protection: StoreKeys([SymmetricKey(size: .bits256)]))
        patient.thoughtLifetime = .patient
        let sealed = patient
        try await sealed.insert(one)
        let other = try other(at: path)
        let key = KeyMaterial(SymmetricKey(size: .bits128))
        async let written: Void = sealed.write(
            afterLooking: { [one] (reader) throws(StoreError) -> Enrolment? in try reader.enrolment(one.id) },
            thinking: { [thoughts] (former, preparation) throws(StoreError) -> PreparedUpdate<Enrolment> in
                thoughts.add()
                guard let former else { throw .damaged("it is gone") }
                var changed = former
                changed.credential = .timedCode(TimedCode(key: key))
                return try preparation.prepared(changed, since: former)
            },
            { (transaction, changed: PreparedUpdate<Enrolment>) throws(StoreError) in try transaction.update(changed) })
        #expect(await eventually { thoughts.count == 1 })
        try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        try await written
        #expect(thoughts.count == 1)
        let stored = try await sealed.read { [one] (reader) throws(StoreError) in try reader.enrolment(one.id)?.credential }
        guard case .timedCode(let code)? = stored else { throw StoreError.damaged("another credential") }
        #expect(code.key == key)
    }

    /// Which part fails, and how.
    enum Failing: CaseIterable {
        case looking, thinking, acting
    }

    @Test(arguments: Failing.allCases, [true, false])
    func `a failure of its own is not tried again`(failing: Failing, whileOthersWrite: Bool) async throws {
        let other = whileOthersWrite ? try other() : nil
        let look: @Sendable (any StoreReader) throws(StoreError) -> Int = { [looks] _ throws(StoreError) in
            looks.add()
            if failing == .looking { throw .full }
            return 0
        }
        let think: @Sendable (Int, any UpdatePreparing) throws(StoreError) -> Int = { [thoughts] (seen, _) throws(StoreError) in
            thoughts.add()
            if failing == .thinking { throw .full }
            return seen
        }
        let act: @Sendable (any StoreTransaction, Int) throws(StoreError) -> Int = { (_, _) throws(StoreError) in throw .full }
        let write = Task { [store] in
            do throws(StoreError) {
                _ = try await store.write(afterLooking: look, thinking: think, act)
                return StoreError?.none
            } catch { return error }
        }
        if let other {
            #expect(await eventually { looks.count == 1 })
            try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        }
        #expect(await write.value == .full)
        #expect((looks.count, thoughts.count) == (1, failing == .looking ? 0 : 1))
    }
}
