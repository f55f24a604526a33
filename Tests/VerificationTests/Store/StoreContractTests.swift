import Crypto
import DeviceProtocol
import Foundation
import StoreTables
import Testing
import Verification

/// What every engine promises, whichever keeps the store.
struct StoreContractTests {
    @Test(arguments: StoreKind.allCases)
    func `reopened, everything is there as it was`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        var enrolments: [Enrolment] = []
        var operations: [Verification.Operation] = []
        let alice: SubscriberID
        do {
            let bank = try await TestBank(store: place.open())
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
            try await bank.enrolments.suspend(token.id)
            enrolments = try await bank.enrolments.enrolments(of: alice)
            operations = try await bank.operations.all(of: alice)
        }
        let bank = try await TestBank(store: place.open())
        #expect(try await bank.enrolments.enrolments(of: alice) == enrolments)
        #expect(try await bank.operations.all(of: alice) == operations)
        #expect(operations.map { $0.outcome?.name } == ["succeeded", "refused", nil, nil, "failed"])
        let nobody = try SubscriberID("nobody")
        let unfinished = try await bank.store.read { (reader) throws(StoreError) in try reader.unfinishedOperations(of: alice) }
        #expect(unfinished == Array(operations[2...3]))
        #expect(try await bank.store.read { (reader) throws(StoreError) in try reader.unfinishedOperations(of: nobody) }.isEmpty)
        #expect(enrolments.map(\.failures) == [1, 0, 0])
        #expect(enrolments.map(\.state) == [.suspended, .active, .active])
    }

    @Test(arguments: StoreKind.allCases)
    func `a code accepted before a restart is refused after it`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let clock = TestClock(TestBank.start)
        let token: TestToken
        do {
            let bank = try await TestBank(store: place.open(), clock: clock)
            token = try await bank.enrolToken()
            let first = try await bank.begin(.login(), with: token.id)
            #expect(try await bank.operations.submit(.code(token.code(at: clock.now)), to: first.id).name == "succeeded")
        }
        let bank = try await TestBank(store: place.open(), clock: clock, seed: 2)
        let second = try await bank.begin(.login(), with: token.id)
        #expect(try await bank.operations.submit(.code(token.code(at: clock.now)), to: second.id) == .refused)
    }

    // MARK: Mark

    @Test(arguments: StoreKind.allCases)
    func `the mark is kept, and opening with another is refused`(_ kind: StoreKind) async throws {
        for mark in StoreMark.allCases {
            let place = try await kind.place()
            let keys = try StoreKeys([SymmetricKey(size: .bits256)])
            #expect(try await place.open(mark: mark, protection: keys).mark == mark)
            let other: StoreMark = mark == .test ? .production : .test
            await #expect(throws: StoreError.otherMark(mark)) { try await place.open(mark: other, protection: keys) }
            #expect(try await place.open(mark: mark, protection: keys).mark == mark)
        }
    }

    @Test(
        arguments: StoreKind.allCases,
        ["UPDATE store SET mark = 'production'", "DELETE FROM store", "INSERT INTO store VALUES (2, 'test')"])
    func `the mark cannot be changed with SQL either`(_ kind: StoreKind, _ sql: String) async throws {
        let place = try await kind.place()
        _ = try await place.open()
        await #expect(throws: (any Error).self) { try await place.tamper(sql) }
        #expect(try await place.open().mark == .test)
    }

    @Test(
        arguments: StoreKind.allCases,
        [
            "UPDATE audit SET detail = ''", "DELETE FROM audit",
            "INSERT INTO audit (number, at, kind, detail, hash) SELECT 0, at, kind, '', hash FROM audit", "UPDATE audit SET clerk = 'bob'",
            "UPDATE audit_chain SET id = id", "UPDATE audit_head SET at = 0", "DELETE FROM audit_head",
            "UPDATE enrolment SET device = 'T-9'",
        ])
    func `what was written down cannot be changed with SQL`(_ kind: StoreKind, _ sql: String) async throws {
        let place = try await kind.place()
        let store = try await place.open()
        let one = try enrolment()
        try await store.write { (transaction) throws(StoreError) in
            try transaction.insert(one)
            try transaction.append(AuditEvent(.activated, at: TestBank.start, detail: "kept"))
        }
        _ = try await AuditLog(store: store).anchor(with: Curve25519.Signing.PrivateKey())
        await #expect(throws: (any Error).self) { try await place.tamper(sql) }
        let rows = try await AuditLog(store: store).rows()
        #expect(rows.count == 1 && rows.first?.detail == "kept")
    }

    @Test(arguments: StoreKind.allCases)
    func `a row that cannot have been written is damage, not a crash`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let store = try await place.open()
        let one = try enrolment()
        try await store.insert(one)
        try await place.tamper("UPDATE enrolment SET state = 'asleep'")
        await #expect(throws: StoreError.damaged("an enrolment cannot be read")) {
            try await store.read { (reader) throws(StoreError) in try reader.enrolment(one.id) }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `secrets are sealed when a store is first opened with keys, and opened with these alone`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        // Fixed, for one of 256 begins its name as what is sealed begins, and would hide the byte that is cut below.
        let (old, new) = (SymmetricKey(data: [UInt8](repeating: 1, count: 32)), SymmetricKey(data: [UInt8](repeating: 2, count: 32)))
        let one = try enrolment()
        try await place.open().insert(one)
        let sealed = try await place.open(protection: StoreKeys([old]))
        #expect(try await sealed.read { (reader) throws(StoreError) in try reader.enrolment(one.id) } == one)
        await #expect(throws: StoreError.keyNeeded) { try await place.open() }
        await #expect(throws: StoreError.unknownKey(StoreKeys.name(of: old))) { try await place.open(protection: StoreKeys([new])) }
        await #expect(throws: (any Error).self) { try await place.tamper("UPDATE enrolment SET credential = substr(credential, 2)") }
        let both = try await place.open(protection: StoreKeys([new, old]))
        // The credential, and what is known of the life of the device.
        #expect(try await kind.rotateKeys(of: both) == 2)
        #expect(
            try await place.open(protection: StoreKeys([new])).read { (reader) throws(StoreError) in try reader.enrolment(one.id) } == one)
        #expect(try await AuditLog(store: both).rows().map(\.kind) == [.configurationChanged, .configurationChanged])
    }

    @Test(arguments: StoreKind.allCases)
    func `a production store refuses an emulated device by itself`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let store = try await place.open(mark: .production, protection: StoreKeys([SymmetricKey(size: .bits256)]))
        let emulated = try enrolment(isEmulated: true)
        await #expect(throws: StoreError.conflict("a production store refuses emulated devices")) {
            try await store.write { (transaction) throws(StoreError) in try transaction.insert(emulated) }
        }
        let real = try enrolment()
        try await store.write { (transaction) throws(StoreError) in try transaction.insert(real) }
        await #expect(throws: (any Error).self) { try await place.tamper("UPDATE enrolment SET emulated = 1") }
    }

    // MARK: Several at once

    @Test(arguments: StoreKind.allCases)
    func `eight who open a fresh place together all find one store`(_ kind: StoreKind) async throws {
        for round in 0..<5 {
            let place = try await kind.place()
            let one = try enrolment("T-\(round)")
            let stores = try await withThrowingTaskGroup(of: (any Store).self) { group in
                for _ in 0..<8 { group.addTask { try await place.open() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(stores.count == 8)
            try await stores[0].insert(one)
            for store in stores { #expect(try await store.read { (reader) throws(StoreError) in try reader.enrolment(one.id) } == one) }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `two pools that count on one row lose nothing`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let stores = [try await place.open(), try await place.open()]
        let one = try enrolment()
        try await stores[0].insert(one)
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

    @Test(arguments: StoreKind.allCases)
    func `names that mean something to SQL are only names`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let store = try await place.open()
        let one = try enrolment("T-1');DROP--TABLE", subscriber: "a'OR'1'='1")
        try await store.insert(one)
        #expect(try await store.read { (reader) throws(StoreError) in try reader.enrolments(of: one.subscriber) } == [one])
        let alice = try SubscriberID("alice")
        #expect(try await store.read { (reader) throws(StoreError) in try reader.enrolments(of: alice) }.isEmpty)
    }
}
