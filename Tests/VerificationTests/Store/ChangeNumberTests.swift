import DeviceProtocol
import Foundation
import Testing
import Verification

/// Changes of operations are numbered, and whoever listens misses none, whichever engine keeps the store.
struct ChangeNumberTests {
    @Test(arguments: StoreKind.allCases)
    func `each change of any operation has the next number`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let bank = try await TestBank(store: place.open())
        let token = try await bank.enrolToken()
        let before = try await bank.store.read { (reader) throws(StoreError) in try reader.lastChange() }
        #expect(before == 0)
        let first = try await bank.begin(.login(), with: token.id)
        let second = try await bank.begin(.login(), with: token.id)
        #expect([first.change, second.change] == [1, 2])
        #expect(try await bank.operations.cancel(first.id).change == 3)
        let changed = try await bank.store.read { (reader) throws(StoreError) in try reader.operations(changedAfter: 0, limit: 10) }
        #expect(changed.map(\.id) == [second.id, first.id])
        #expect(changed.map(\.change) == [2, 3])
        let behind = try await bank.store.read { (reader) throws(StoreError) in
            (
                try reader.operations(changedAfter: 2, limit: 10).map(\.id), try reader.operations(changedAfter: 3, limit: 10),
                try reader.lastChange()
            )
        }
        #expect(behind.0 == [first.id] && behind.1.isEmpty && behind.2 == 3)
        #expect(
            try await bank.operations.begin(.login(), for: bank.alice, with: token.id, idempotencyKey: second.idempotencyKey).change == 2)
    }

    @Test(arguments: StoreKind.allCases)
    func `two pools never give one number twice`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let stores = [try await place.open(), try await place.open()]
        let one = try enrolment()
        try await stores[0].insert(one)
        let numbers = try await withThrowingTaskGroup(of: Int64.self) { group in
            for index in 0..<40 {
                let asked = try operation(one)
                group.addTask {
                    try await stores[index % 2].write { (transaction) throws(StoreError) in try transaction.insert(asked) }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(numbers.sorted() == Array(1...40))
    }

    @Test(arguments: StoreKind.allCases)
    func `a program that does not number its changes cannot make any`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let store = try await place.open()
        let one = try enrolment()
        let asked = try operation(one)
        try await store.write { (transaction) throws(StoreError) in
            try transaction.insert(one)
            try transaction.insert(asked)
        }
        await #expect(throws: (any Error).self) { try await place.tamper("UPDATE operation SET state = 'working'") }
        try await place.tamper("UPDATE operation SET state = 'working', change = change + 1")
        #expect(try await store.read { (reader) throws(StoreError) in try reader.operation(asked.id)?.state } == .working)
    }

    @Test(arguments: StoreKind.allCases)
    func `those are found whose time is over, the first of them first, and are ended`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let bank = try await TestBank(store: place.open())
        let token = try await bank.enrolToken()
        func begin(_ key: String, _ life: Int) async throws -> ChallengeID {
            try await bank.operations.begin(.login(), for: bank.alice, with: token.id, idempotencyKey: key, timeToLive: life).id
        }
        let (long, short, over, later) = (
            try await begin("1", 60), try await begin("2", 30), try await begin("3", 10), try await begin("4", 61)
        )
        try await bank.operations.cancel(over)
        func expired(_ limit: Int) async throws -> [ChallengeID] {
            let now = bank.clock.now
            return try await bank.store.read { (reader) throws(StoreError) in try reader.expiredOperations(at: now, limit: limit).map(\.id)
            }
        }
        #expect(try await expired(10).isEmpty)
        bank.clock.advance(by: 60)
        #expect(try await expired(10) == [short, long])
        #expect(try await expired(1) == [short])
        try await bank.operations.endExpired(limit: 1)
        #expect(try await expired(10) == [long])
        try await bank.operations.endExpired(limit: 10)
        #expect(try await expired(10).isEmpty)
        let states = try await bank.store.read { (reader) throws(StoreError) in
            [try reader.operation(short)?.outcome, try reader.operation(long)?.outcome, try reader.operation(later)?.outcome]
        }
        #expect(states == [.expired, .expired, nil])
    }

    @Test(arguments: StoreKind.allCases)
    func `what waits for an attached device is found after a restart, with caller, lease and claim`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let ids: [ChallengeID]
        do {
            let bank = try await TestBank(store: place.open())
            let card = try await bank.enrolCard()
            let attachment = Attachment(caller: "uid 1000", node: "n1", lease: 30)
            func begin(_ key: String, attached: Bool = true) async throws -> Verification.Operation {
                try await bank.operations.begin(
                    .login(), for: bank.alice, with: card.id, idempotencyKey: key, attachment: attached ? attachment : nil)
            }
            let (waiting, working, over, elsewhere) = (
                try await begin("1"), try await begin("2"), try await begin("3"), try await begin("4", attached: false)
            )
            try await bank.operations.claim(working.id, by: Claim(node: "n1", seconds: 60))
            try await bank.operations.cancel(over.id)
            let later = try await bank.operations.attach(elsewhere.id, Attachment(caller: "core", node: "n2", lease: 99_999))
            #expect(later.attachment == Attachment(caller: "core", node: "n2", lease: 86_400))
            ids = [waiting.id, working.id, elsewhere.id]
        }
        let store = try await place.open()
        let found = try await store.read { (reader) throws(StoreError) in try reader.attachedOperations(after: 0, limit: 10) }
        #expect(found.map(\.id) == ids)
        #expect(found.map(\.state) == [.pending, .working, .pending])
        #expect(found.map { $0.attachment?.caller } == ["uid 1000", "uid 1000", "core"])
        #expect(found[1].attachment?.claim == Claim(node: "n1", seconds: 60))
        let last = found[1].change
        let behind = try await store.read { (reader) throws(StoreError) in try reader.attachedOperations(after: last, limit: 10) }
        #expect(behind.map(\.id) == [ids[2]])
        let bank = try TestBank(store: store, seed: 2)
        #expect(try await bank.operations.giveUp(ids[1]).outcome == .indeterminate)
        await #expect(throws: VerificationError.notWorking(ids[0])) { try await bank.operations.giveUp(ids[0]) }
    }

    @Test(arguments: StoreKind.allCases)
    func `a list of operations comes in pages, the latest first`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let bank = try await TestBank(store: place.open())
        let token = try await bank.enrolToken()
        var begun: [ChallengeID] = []
        for _ in 0..<5 { begun.append(try await bank.begin(.login(), with: token.id).id) }
        var (seen, number): ([ChallengeID], Int64?) = ([], nil)
        for _ in 0..<3 {
            let before = number
            let page = try await bank.store.read { (reader) throws(StoreError) in
                try reader.operations(of: bank.alice, before: before, limit: 2)
            }
            seen += page.map(\.operation.id)
            number = page.last?.number
        }
        #expect(seen == begun.reversed())
    }
}
