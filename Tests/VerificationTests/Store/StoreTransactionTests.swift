import DeviceProtocol
import Foundation
import StoreTables
import Testing
import Verification

/// What every engine promises of a transaction, whichever keeps the store.
struct StoreTransactionTests {
    @Test(arguments: StoreKind.allCases)
    func `a body that fails leaves nothing behind`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let store = try await place.open()
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

    @Test(arguments: StoreKind.allCases)
    func `what is looked up is what is read`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let store = try await place.open()
        let one = try enrolment()
        try await store.insert(one)
        let found = try await store.lookUp { (reader) throws(StoreError) in
            (
                try reader.enrolment(one.id), try reader.product(of: one.id),
                try reader.product(of: EnrolmentID(rawValue: "nobody") ?? one.id)
            )
        }
        #expect(found.0 == one && found.1 == one.product && found.2 == nil)
        let failure = StoreError.conflict("not this")
        await #expect(throws: failure) { try await store.lookUp { (_) throws(StoreError) -> Int in throw failure } }
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await store.lookUp { (reader) throws(StoreError) in try reader.product(of: one.id) }
        }
        await #expect(throws: StoreError.cancelled) { try await task.value }
    }

    @Test(arguments: StoreKind.allCases)
    func `an operation is found with its enrolment, and with what the audit log knows of the device`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let store = try await place.open()
        let (one, two) = (try enrolment("T-1"), try enrolment("T-2"))
        let asked = try operation(one)
        try await store.write { (transaction) throws(StoreError) in
            try transaction.insert(one)
            try transaction.insert(two)
            try transaction.insert(asked)
        }
        func found(_ id: ChallengeID) async throws -> AskedOperation? {
            try await store.read { (reader) throws(StoreError) in try reader.asked(id) }
        }
        let fresh = try #require(try await found(asked.id))
        #expect(fresh.operation == (try await store.read { (reader) throws(StoreError) in try reader.operation(asked.id) }))
        #expect(fresh.enrolment == one)
        #expect(fresh.person == nil)
        #expect(try await found(operation(one).id) == nil)

        let event = AuditEvent(.refused, of: one, at: TestBank.start)
        try await store.write { (transaction) throws(StoreError) in try transaction.append(event) }
        let person = try #require(try await found(asked.id)?.person)
        #expect((person.subscriber, person.device) == ("alice", "T-1"))
        try await store.write { (transaction) throws(StoreError) in try transaction.append(PreparedEvent(event, about: person)) }
        let rows = try await AuditLog(store: store).rows()
        #expect(rows.map(\.person) == [person, person])
        #expect(rows.map(\.reference) == [person.reference, person.reference])

        // Erased since it was looked up: nobody is written about under it any more.
        try await store.write { [alice = one.subscriber] (transaction) throws(StoreError) in
            for _ in 0..<2 { try transaction.eraseAuditPersons(of: alice, at: TestBank.start) }
        }
        let last = try await AuditLog(store: store).rows().dropFirst(2)
        #expect(last.map(\.kind) == [.erased] && last.map(\.detail) == ["references 1"], "there is nothing to erase a second time")
        #expect(last.allSatisfy { $0.reference == nil && $0.person == nil })
        do throws(StoreError) {
            try await store.write { (transaction) throws(StoreError) in try transaction.append(PreparedEvent(event, about: person)) }
            Issue.record("appended")
        } catch {
            guard case .conflict = error else {
                Issue.record("\(error)")
                return
            }
        }
        #expect(try await found(asked.id)?.person == nil)
        #expect(try await AuditLog(store: store).check(keys: []).isIntact)
    }

    @Test(arguments: StoreKind.allCases)
    func `a rule that is broken in the middle undoes what came before`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let store = try await place.open()
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

    @Test(arguments: StoreKind.allCases)
    func `a cancelled task writes nothing`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let store = try await place.open()
        let one = try enrolment()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await store.insert(one)
        }
        await #expect(throws: StoreError.cancelled) { try await task.value }
        #expect(try await store.read { (reader) throws(StoreError) in try reader.enrolment(one.id) } == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func `only who has seen the latest version changes it`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let store = try await place.open()
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

    @Test(arguments: StoreKind.allCases)
    func `what was never stored cannot be changed`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let store = try await place.open()
        let one = try enrolment()
        await #expect(throws: StoreError.self) {
            try await store.write { (transaction) throws(StoreError) in try transaction.update(one) }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `challenge and idempotency key are unique, the key for each subscriber`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let store = try await place.open()
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
        #expect(found?.challenge == first.challenge && found?.idempotencyKey == first.idempotencyKey)
    }

    @Test(arguments: StoreKind.allCases)
    func `an operation needs an enrolment`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let store = try await place.open()
        let orphan = try operation(enrolment())
        await #expect(throws: StoreError.self) {
            try await store.write { (transaction) throws(StoreError) in try transaction.insert(orphan) }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `an outcome that is stored cannot be overwritten by any program`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let store = try await place.open()
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
        await #expect(throws: (any Error).self) { try await place.tamper("UPDATE operation SET state = 'pending', outcome = NULL") }
    }
}
