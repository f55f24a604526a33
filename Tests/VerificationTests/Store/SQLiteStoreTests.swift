import Crypto
import DeviceProtocol
import Foundation
import GRDB
import Testing
import Verification

@testable import SQLiteStore

struct SQLiteStoreTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("store.sqlite")
    }

    // MARK: Durability

    @Test func `the writing connection promises FULL, read back after opening`() throws {
        let store = try SQLiteStore(at: path, mark: .test)
        #expect(try store.durability() == SQLiteStore.Durability(journal: "wal", synchronous: 2))
    }

    @Test func `it still promises FULL after writes, and when opened again`() async throws {
        do {
            let store = try SQLiteStore(at: path, mark: .test)
            let one = try enrolment()
            try await store.write { (transaction) throws(StoreError) in try transaction.insert(one) }
            #expect(try store.durability().synchronous == 2)
        }
        #expect(try SQLiteStore(at: path, mark: .test).durability().synchronous == 2)
    }

    @Test func `reopened, everything is there as it was`() async throws {
        var enrolments: [Enrolment] = []
        var operations: [Verification.Operation] = []
        let alice: SubscriberID
        do {
            let bank = try TestBank(store: SQLiteStore(at: path, mark: .test))
            alice = bank.alice
            let token = try await bank.enrolToken()
            let scan = try await bank.enrolScan()
            let card = try await bank.enrolCard()
            let paid = try await bank.begin(.payment(), with: token.id)
            _ = try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: paid.id)
            let refused = try await bank.begin(.login(), with: token.id)
            _ = try await bank.operations.submit(.code("1"), to: refused.id)
            _ = try await bank.operations.presentation(of: bank.begin(.beneficiary(), with: scan.id).id)
            try await bank.operations.claim(bank.begin(.login(), with: card.id).id)
            try await bank.operations.report(DeviceError(.removed, "C-1"), for: bank.begin(.login(), with: card.id).id)
            try await bank.enrolments.suspend(card.id)
            enrolments = try await bank.enrolments.enrolments(of: alice)
            operations = try await bank.operations.operations(of: alice)
        }
        let bank = try TestBank(store: SQLiteStore(at: path, mark: .test))
        #expect(try await bank.enrolments.enrolments(of: alice) == enrolments)
        #expect(try await bank.operations.operations(of: alice) == operations)
        #expect(operations.map { $0.outcome?.name } == ["succeeded", "refused", nil, nil, "failed"])
        #expect(enrolments.map(\.failures) == [1, 0, 0])
        #expect(enrolments.map(\.state) == [.active, .active, .suspended])
    }

    @Test func `a code accepted before a restart is refused after it`() async throws {
        let clock = TestClock(TestBank.start)
        let token: TestToken
        do {
            let bank = try TestBank(store: SQLiteStore(at: path, mark: .test), clock: clock)
            token = try await bank.enrolToken()
            let first = try await bank.begin(.login(), with: token.id)
            #expect(try await bank.operations.submit(.code(token.code(at: clock.now)), to: first.id).name == "succeeded")
        }
        let bank = try TestBank(store: SQLiteStore(at: path, mark: .test), clock: clock, seed: 2)
        let second = try await bank.begin(.login(), with: token.id)
        #expect(try await bank.operations.submit(.code(token.code(at: clock.now)), to: second.id) == .refused)
    }

    // MARK: Transactions

    @Test func `a body that fails leaves nothing behind`() async throws {
        let store = try SQLiteStore(at: path, mark: .test)
        let kept = try enrolment("T-1")
        let lost = try enrolment("T-2")
        let asked = try operation(kept)
        try await store.write { (transaction) throws(StoreError) in try transaction.insert(kept) }
        await #expect(throws: StoreError.busy) {
            try await store.write { (transaction) throws(StoreError) in
                try transaction.insert(lost)
                try transaction.insert(asked)
                try transaction.update(kept)
                throw .busy
            }
        }
        let (found, operation) = try await store.read { (reader) throws(StoreError) in
            (try reader.enrolments(of: kept.subscriber), try reader.operation(asked.id))
        }
        #expect(found == [kept])
        #expect(operation == nil)
    }

    @Test func `a rule that is broken in the middle undoes what came before`() async throws {
        let store = try SQLiteStore(at: path, mark: .test)
        let first = try enrolment("T-1")
        let second = try enrolment("T-1", subscriber: "bob")
        do throws(StoreError) {
            try await store.write { (transaction) throws(StoreError) in
                try transaction.insert(first)
                try transaction.insert(second)
            }
            Issue.record("both were stored")
        } catch {
            guard case .conflict = error else {
                Issue.record("\(error)")
                return
            }
        }
        #expect(try await store.read { (reader) throws(StoreError) in try reader.enrolment(first.id) } == nil)
    }

    @Test func `a cancelled task writes nothing`() async throws {
        let store = try SQLiteStore(at: path, mark: .test)
        let one = try enrolment()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await store.write { (transaction) throws(StoreError) in try transaction.insert(one) }
        }
        await #expect(throws: StoreError.cancelled) { try await task.value }
        #expect(try await store.read { (reader) throws(StoreError) in try reader.enrolment(one.id) } == nil)
    }

    @Test func `only who has seen the latest version changes it`() async throws {
        let store = try SQLiteStore(at: path, mark: .test)
        let one = try enrolment()
        let asked = try operation(one)
        try await store.write { (transaction) throws(StoreError) in
            try transaction.insert(one)
            try transaction.insert(asked)
            try transaction.update(one)
            try transaction.update(asked)
        }
        let stale = StoreError.conflict("another version is stored")
        await #expect(throws: stale) { try await store.write { (transaction) throws(StoreError) in try transaction.update(one) } }
        await #expect(throws: stale) { try await store.write { (transaction) throws(StoreError) in try transaction.update(asked) } }
        let versions = try await store.read { (reader) throws(StoreError) in
            (try reader.enrolment(one.id)?.version, try reader.operation(asked.id)?.version)
        }
        #expect(versions == (1, 1))
    }

    @Test func `what was never stored cannot be changed`() async throws {
        let store = try SQLiteStore(at: path, mark: .test)
        let one = try enrolment()
        await #expect(throws: StoreError.self) {
            try await store.write { (transaction) throws(StoreError) in try transaction.update(one) }
        }
    }

    @Test func `challenge and idempotency key are unique, the key for each subscriber`() async throws {
        let store = try SQLiteStore(at: path, mark: .test)
        let alice = try enrolment("T-1")
        let bob = try enrolment("T-2", subscriber: "bob")
        let first = try operation(alice, key: "one")
        let (same, other) = (try operation(alice, key: "one"), try operation(bob, key: "one"))
        try await store.write { (transaction) throws(StoreError) in
            try transaction.insert(alice)
            try transaction.insert(bob)
            try transaction.insert(first)
            try transaction.insert(other)
        }
        for twice in [first, same] {
            await #expect(throws: StoreError.self) {
                try await store.write { (transaction) throws(StoreError) in try transaction.insert(twice) }
            }
        }
        let found = try await store.read { (reader) throws(StoreError) in
            try reader.operation(of: alice.subscriber, idempotencyKey: "one")
        }
        #expect(found == first)
    }

    @Test func `an operation needs an enrolment`() async throws {
        let store = try SQLiteStore(inMemory: .test)
        let orphan = try operation(enrolment())
        await #expect(throws: StoreError.self) {
            try await store.write { (transaction) throws(StoreError) in try transaction.insert(orphan) }
        }
    }

    @Test func `an outcome that is stored cannot be overwritten by any program`() async throws {
        let store = try SQLiteStore(at: path, mark: .test)
        let one = try enrolment()
        let base = try operation(one)
        let ended = Verification.Operation(
            challenge: base.challenge, subscriber: base.subscriber, device: base.device, enrolment: base.enrolment, idempotencyKey: "one",
            state: .ended(.refused))
        try await store.write { (transaction) throws(StoreError) in
            try transaction.insert(one)
            try transaction.insert(ended)
        }
        await #expect(throws: StoreError.conflict("an operation has one outcome")) {
            try await store.write { (transaction) throws(StoreError) in try transaction.update(ended) }
        }
        let intruder = try DatabaseQueue(path: path)
        #expect(throws: DatabaseError.self) {
            try intruder.write { try $0.execute(sql: "UPDATE operation SET state = 'pending', outcome = NULL") }
        }
    }

    // MARK: Mark

    @Test func `the mark is kept, and opening with another is refused`() async throws {
        for mark in StoreMark.allCases {
            let path = folder.path(mark.rawValue)
            let keys = try StoreKeys([SymmetricKey(size: .bits256)])
            #expect(try SQLiteStore(at: path, mark: mark, protection: keys).mark == mark)
            let other: StoreMark = mark == .test ? .production : .test
            #expect(throws: StoreError.otherMark(mark)) { try SQLiteStore(at: path, mark: other, protection: keys) }
            #expect(try SQLiteStore(at: path, mark: mark, protection: keys).mark == mark)
        }
    }

    @Test(arguments: ["UPDATE store SET mark = 'production'", "DELETE FROM store", "INSERT INTO store VALUES (2, 'production')"])
    func `the mark cannot be changed with SQL either`(_ sql: String) throws {
        _ = try SQLiteStore(at: path, mark: .test)
        let intruder = try DatabaseQueue(path: path)
        #expect(throws: DatabaseError.self) { try intruder.write { try $0.execute(sql: sql) } }
        #expect(try SQLiteStore(at: path, mark: .test).mark == .test)
    }

    @Test func `a production store refuses an emulated device by itself`() async throws {
        let store = try SQLiteStore(at: path, mark: .production, protection: StoreKeys([SymmetricKey(size: .bits256)]))
        let emulated = try enrolment(isEmulated: true)
        await #expect(throws: StoreError.conflict("a production store refuses emulated devices")) {
            try await store.write { (transaction) throws(StoreError) in try transaction.insert(emulated) }
        }
        let real = try enrolment()
        try await store.write { (transaction) throws(StoreError) in try transaction.insert(real) }
        let intruder = try DatabaseQueue(path: path)
        #expect(throws: DatabaseError.self) { try intruder.write { try $0.execute(sql: "UPDATE enrolment SET emulated = 1") } }
    }

    // MARK: Several at once

    @Test func `eight who open a fresh file together all find one store`() async throws {
        for round in 0..<10 {
            let path = folder.path("race-\(round)")
            let one = try enrolment("T-\(round)")
            let stores = try await withThrowingTaskGroup(of: SQLiteStore.self) { group in
                for _ in 0..<8 { group.addTask { try SQLiteStore(at: path, mark: .test) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(stores.count == 8)
            try await stores[0].write { (transaction) throws(StoreError) in try transaction.insert(one) }
            for store in stores {
                #expect(try store.durability().synchronous == 2)
                #expect(try await store.read { (reader) throws(StoreError) in try reader.enrolment(one.id) } == one)
            }
        }
    }

    @Test func `two pools that count on one row lose nothing`() async throws {
        let stores = [try SQLiteStore(at: path, mark: .test), try SQLiteStore(at: path, mark: .test)]
        let one = try enrolment()
        try await stores[0].write { (transaction) throws(StoreError) in try transaction.insert(one) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask {
                    try await stores[number % 2].write { (transaction) throws(StoreError) in
                        guard let current = try transaction.enrolment(one.id) else { throw .damaged("it is gone") }
                        try transaction.update(current)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await stores[1].read { (reader) throws(StoreError) in try reader.enrolment(one.id)?.version } == 100)
    }

    @Test func `two stores in memory know nothing of each other`() async throws {
        let (first, second) = (try SQLiteStore(inMemory: .test), try SQLiteStore(inMemory: .test))
        let one = try enrolment()
        try await first.write { (transaction) throws(StoreError) in try transaction.insert(one) }
        #expect(try await first.read { (reader) throws(StoreError) in try reader.enrolment(of: one.device) } == one)
        #expect(try await second.read { (reader) throws(StoreError) in try reader.enrolment(of: one.device) } == nil)
    }

    @Test func `names that mean something to SQL are only names`() async throws {
        let store = try SQLiteStore(inMemory: .test)
        let one = try enrolment("T-1');DROP--TABLE", subscriber: "a'OR'1'='1")
        try await store.write { (transaction) throws(StoreError) in try transaction.insert(one) }
        #expect(try await store.read { (reader) throws(StoreError) in try reader.enrolments(of: one.subscriber) } == [one])
        let alice = try SubscriberID("alice")
        #expect(try await store.read { (reader) throws(StoreError) in try reader.enrolments(of: alice) }.isEmpty)
    }
}
