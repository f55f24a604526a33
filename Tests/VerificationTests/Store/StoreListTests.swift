import Crypto
import DeviceProtocol
import Foundation
import Testing

@testable import Verification

/// Long lists, a page at a time: everybody, every device, rows of the audit log that are about something.
struct StoreListTests {
    private static let names = ["bob", "Zoe", "ann", "anna", "ann+1", "a'OR'1'='1", "~x", "annZ"]

    private func everybody(of store: any Store, prefix: String = "", page: Int = 3) async throws -> [String] {
        var (found, last): ([String], SubscriberID?) = ([], nil)
        while true {
            let from = last
            let some = try await store.read { (reader) throws(StoreError) in
                try reader.subscribers(prefix: prefix, after: from, limit: page)
            }
            found += some.map(\.id.rawValue)
            guard some.count == page else { return found }
            last = some.last?.id
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `customers are listed in the order of their names' bytes, all or those that begin so`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let store = try await place.open(protection: StoreKeys([SymmetricKey(size: .bits256)]))
        let ids = try Self.names.map { try SubscriberID($0) }
        try await store.write { (transaction) throws(StoreError) in
            for id in ids { try transaction.insert(Subscriber(id: id)) }
        }
        let sorted = Self.names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for page in [1, 3, 8, 9] { #expect(try await everybody(of: store, page: page) == sorted) }
        #expect(try await everybody(of: store, prefix: "ann", page: 1) == ["ann", "ann+1", "annZ", "anna"])
        #expect(try await everybody(of: store, prefix: "anna") == ["anna"])
        #expect(try await everybody(of: store, prefix: "c").isEmpty)
        let (zoe, bob) = (try SubscriberID("Zoe"), try SubscriberID("bob"))
        let (all, none) = try await store.read { (reader) throws(StoreError) in
            (try reader.subscribers(prefix: "ann", after: zoe, limit: 9), try reader.subscribers(prefix: "ann", after: bob, limit: 9))
        }
        #expect(all.map(\.id.rawValue) == ["ann", "ann+1", "annZ", "anna"] && none.isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func `devices of everybody are listed in the order of their enrolments' names`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let store = try await place.open()
        var stored: [Enrolment] = []
        for number in 1...5 { stored.append(try enrolment("T-\(number)", subscriber: "person-\(number % 2)")) }
        for one in stored { try await store.insert(one) }
        stored.sort { $0.id.rawValue < $1.id.rawValue }
        let second = stored[1].id
        let (first, rest) = try await store.read { (reader) throws(StoreError) in
            (try reader.enrolments(after: nil, limit: 2), try reader.enrolments(after: second, limit: 9))
        }
        #expect(first == Array(stored[..<2]) && rest == Array(stored[2...]))
    }

    // MARK: The audit log

    /// Rows about two people, who had one device after the other.
    private func fill(_ store: any Store) async throws -> ChallengeID {
        let operation = try ChallengeID(Array(repeating: 7, count: 16))
        let (alice, bob) = (try SubscriberID("alice"), try SubscriberID("bob"))
        let (one, two) = (try DeviceID("T-1"), try DeviceID("T-2"))
        let start = TestBank.start
        try await store.write { (transaction) throws(StoreError) in
            try transaction.append(AuditEvent(.activated, at: start, subscriber: alice, device: one))
            try transaction.append(AuditEvent(.activated, at: start + 1, subscriber: alice, device: two))
            try transaction.append(AuditEvent(.refused, at: start + 2, subscriber: alice, device: two, operation: operation))
            try transaction.append(AuditEvent(.configurationChanged, at: start + 3, subscriber: alice, detail: "security questions"))
            try transaction.append(AuditEvent(.configurationChanged, at: start + 4, detail: "policy"))
            try transaction.append(AuditEvent(.activated, at: start + 5, subscriber: bob, device: one))
        }
        return operation
    }

    @Test(arguments: StoreKind.allCases)
    func `rows are found by person, device, operation, kind and time, and by all of these together`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let store = try await place.open()
        let operation = try await fill(store)
        let (alice, one, two) = (try SubscriberID("alice"), try DeviceID("T-1"), try DeviceID("T-2"))
        let log = AuditLog(store: store)
        let expected: [(AuditFilter, [Int64])] = [
            (AuditFilter(), [1, 2, 3, 4, 5, 6]),
            (AuditFilter(subscriber: alice), [1, 2, 3, 4]),
            (AuditFilter(subscriber: try SubscriberID("nobody")), []),
            (AuditFilter(device: one), [1, 6]),
            (AuditFilter(subscriber: alice, device: one), [1]),
            (AuditFilter(operation: operation), [3]),
            (AuditFilter(operation: try ChallengeID(Array(repeating: 8, count: 16))), []),
            (AuditFilter(kind: .configurationChanged), [4, 5]),
            (AuditFilter(kind: AuditEvent.Kind(words: "configuration-changed")), [4, 5]),
            (AuditFilter(since: TestBank.start + 4), [5, 6]),
            (AuditFilter(subscriber: alice, device: two, operation: operation, kind: .refused, since: TestBank.start), [3]),
            (AuditFilter(subscriber: alice, kind: .refused, since: TestBank.start + 3), []),
        ]
        for (filter, numbers) in expected {
            let page = try await log.rows(matching: filter)
            #expect(page.entries.map(\.number) == numbers && page.next == nil, "\(filter)")
        }
        let person = try await log.rows(matching: AuditFilter(kind: .refused)).entries.first?.person
        #expect(person?.subscriber == "alice" && person?.device == "T-2")
        try await store.write { (transaction) throws(StoreError) in try transaction.eraseAuditPersons(of: alice, at: TestBank.start + 6) }
        #expect(try await log.rows(matching: AuditFilter(subscriber: alice)).entries.isEmpty, "nobody finds who was erased")
        #expect(try await log.rows(matching: AuditFilter(operation: operation)).entries.map(\.person) == [nil])
    }

    @Test func `rows that fit come in pages, from several readings, and a page can end before its limit`() async throws {
        let place = try await StoreKind.sqlite.place()
        let store = try await place.open()
        _ = try await fill(store)
        var log = AuditLog(store: store)
        log.window = 2
        let alice = AuditFilter(subscriber: try SubscriberID("alice"))
        let first = try await log.rows(matching: alice, limit: 3)
        #expect(first.entries.map(\.number) == [1, 2, 3] && first.next == 3)
        let last = try await log.rows(matching: alice, after: 3, limit: 1)
        #expect(last.entries.map(\.number) == [4] && last.next == nil, "there are more rows, and none of hers")
        let bob = AuditFilter(subscriber: try SubscriberID("bob"))
        var told: [Int64] = []
        let early = try await log.rows(matching: bob, lookingAt: 3) { told.append($0) }
        #expect(early.entries.isEmpty && early.next == 4 && told == [2, 4])
        #expect(try await log.rows(matching: bob, after: 4, lookingAt: 3).entries.map(\.number) == [6])
        #expect(try await log.rows(matching: bob, after: .max).entries.isEmpty)
        let all = try await log.rows(matching: AuditFilter(), limit: 6)
        #expect(all.entries.count == 6 && all.next == nil)
        #expect(try await log.rows(matching: AuditFilter(), limit: 5).next == 5)
    }

    @Test(arguments: ["", "Refused", "refused\u{0}", "-", "1", "a1", "a@", "a[", "é", String(repeating: "a", count: 65)])
    func `what no kind of row can be called is refused`(_ words: String) { #expect(AuditEvent.Kind(words: words) == nil) }

    @Test func `a kind is named by its words, with hyphens or spaces between them`() {
        #expect(AuditEvent.Kind(words: "clock-jumped") == .clockJumped && AuditEvent.Kind(words: "clock jumped") == .clockJumped)
        #expect(AuditEvent.Kind(words: "aSignatureZ")?.rawValue == "aSignatureZ")
    }

    // MARK: What fits

    /// Even numbers of 1 to 10.
    private func even(
        after cursor: Int? = nil, limit: Int, lookingAt most: Int = .max
    ) async throws(StoreError) -> ([Int], next: Int?, looked: [Int]) {
        var looked: [Int] = []
        let page = try await ListPage<Int, Int>.gather(
            after: cursor, limit: limit, batch: 3, lookingAt: most, progress: { looked.append($0) },
            read: { (last, count) async throws(StoreError) in
                ((last ?? 0) + 1..<11).prefix(count).map { (cursor: $0, entry: $0) }
            },
            fits: { $0.isMultiple(of: 2) })
        return (page.entries, page.next, looked)
    }

    @Test func `a list of which only some fit is read on until a page is full, and no further than wanted`() async throws {
        let first = try await even(limit: 2)
        #expect(first.0 == [2, 4] && first.next == 4 && first.looked == [3], "the six tells that there are more")
        let second = try await even(after: 4, limit: 3)
        #expect(second.0 == [6, 8, 10] && second.next == nil)
        let early = try await even(limit: 9, lookingAt: 6)
        #expect(early.0 == [2, 4, 6] && early.next == 6 && early.looked == [3, 6])
        #expect(try await even(after: 10, limit: 1).0.isEmpty)
    }

    @Test func `devices are listed as they stand now, by state and by their end`() async throws {
        let bank = try TestBank()
        let (token, scan) = (try await bank.enrolToken(), try await bank.enrolScan())
        try await bank.enrolments.suspend(scan.id)
        func found(_ filter: EnrolmentFilter) async throws -> Set<String> {
            Set(try await bank.enrolments.enrolments(matching: filter).entries.map(\.device.rawValue))
        }
        let (t, s) = (token.id.rawValue, scan.id.rawValue)
        #expect(try await found(EnrolmentFilter()) == [t, s])
        #expect(try await found(EnrolmentFilter(state: .suspended)) == [s])
        #expect(try await found(EnrolmentFilter(product: .token)) == [t])
        #expect(try await found(EnrolmentFilter(state: .suspended, product: .token)).isEmpty)
        let year: TimeInterval = 365 * 86_400
        #expect(try await found(EnrolmentFilter(endsBefore: bank.clock.now + year)).isEmpty)
        #expect(try await found(EnrolmentFilter(endsBefore: bank.clock.now + 4 * year)) == [t, s])
        bank.clock.advance(by: 4 * year)
        #expect(try await found(EnrolmentFilter(state: .active)).isEmpty, "the row says active, and its time is over")
        #expect(try await found(EnrolmentFilter(state: .expired)).contains(t))
        #expect(try await found(EnrolmentFilter(endsBefore: bank.clock.now)).isDisjoint(with: [t]), "what is over ends no more")
        #expect(try await found(EnrolmentFilter(state: .expired, endsBefore: bank.clock.now)).contains(t))
    }

    @Test func `a person's operations are listed as they stand now, by state, the latest first`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let wrong = try await bank.begin(.login(), with: token.id)
        _ = try await bank.operations.submit(.code(token.wrongCode(at: bank.clock.now)), to: wrong.id)
        let late = try await bank.begin(.login(), with: token.id)
        bank.clock.advance(by: 121)
        let open = try await bank.begin(.login(), with: token.id)
        let first = try await bank.operations.operations(of: bank.alice, limit: 2)
        #expect(first.entries.map(\.id) == [open.id, late.id] && first.entries.map(\.state.name) == [.pending, .expired])
        let second = try await bank.operations.operations(of: bank.alice, after: first.next, limit: 2)
        #expect(second.entries.map(\.id) == [wrong.id] && second.next == nil)
        #expect(try await bank.operations.operations(of: bank.alice, in: .refused, limit: 9).entries.map(\.id) == [wrong.id])
        #expect(try await bank.operations.operations(of: bank.alice, in: .succeeded, limit: 9).entries.isEmpty)
    }
}
