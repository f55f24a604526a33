#if PostgreSQL
import DeviceProtocol
import Foundation
import StoreTables
import TestSupport
import Testing

@testable import PostgreSQLStore
@testable import Verification

/// Transactions that share a commit on a server, and are waited for together.
struct PostgreSQLGroupTests {
    private typealias Body = @Sendable (any StoreTransaction) throws(StoreError) -> Int

    private let server: PrivatePostgreSQL
    private let schema = PrivatePostgreSQL.newSchema()
    private let store: PostgreSQLStore

    init() async throws {
        server = try await PrivatePostgreSQL.shared
        var store = try await PostgreSQLStore.open(at: server.address(schema: schema), mark: .test, limits: .patient)
        store.thoughtLifetime = .patient
        self.store = store
    }

    /// Runs all `bodies` in one group, in their order.
    ///
    /// - Returns: what each caller was told, and how often each body ran.
    private func together(_ bodies: [Body]) async throws -> (results: [Result<Int, StoreError>], runs: [Int]) {
        let address = try PostgreSQLAddress(server.address(schema: schema))
        let tallies = bodies.map { _ in Tally() }
        let counted = zip(bodies, tallies).map { body, tally -> PendingErrand<Int>.Body in
            { (transaction) throws(StoreError) in
                tally.add()
                return try body(transaction)
            }
        }
        let results = try await runTogether(counted, queued: { $0 }) { errands in
            let queue = ErrandQueue()
            errands.forEach(queue.append)
            queue.close()
            WriteLane(ServerLink(address, .patient), secrets: StoredSecrets(protection: nil), queue: queue).serve()
        }
        return (results, tallies.map(\.count))
    }

    /// Enrols a device, says so in the audit log, and answers with a number.
    private func enrol(_ device: String, _ result: Int = 0) throws -> Body {
        let one = try enrolment(device)
        return { (transaction) throws(StoreError) in
            try transaction.insert(one)
            try transaction.append(AuditEvent(.activated, of: one, at: TestBank.start))
            return result
        }
    }

    /// Replaces an enrolment of which another version is stored, and goes on as if nothing was wrong.
    ///
    /// - Parameter tells: whether it is told the audit log, which has to read.
    private func updateStale(tells: Bool = true) async throws -> Body {
        let one = try enrolment("T-stale")
        try await store.insert(one)
        try await store.write { (transaction) throws(StoreError) in try transaction.update(one) }
        return { (transaction) throws(StoreError) in
            try transaction.update(one)
            if tells { try transaction.append(AuditEvent(.activated, of: one, at: TestBank.start)) }
            return 0
        }
    }

    private func check(_ devices: [String]) async throws {
        let alice = try SubscriberID("alice")
        let found = try await store.read { (reader) throws(StoreError) in try reader.enrolments(of: alice) }.map(\.device.rawValue)
        #expect(found.filter { $0 != "T-stale" } == devices)
        let log = AuditLog(store: store)
        #expect(try await log.rows().compactMap(\.person?.device) == devices)
        #expect(try await log.check(keys: []).isIntact)
    }

    @Test func `64 who come together share one commit, each runs once and gets their own result`() async throws {
        let (results, runs) = try await together((0..<64).map { try enrol("T-\($0)", $0) })
        #expect(results == (0..<64).map { .success($0) })
        #expect(runs == Array(repeating: 1, count: 64))
        #expect(try await server.execute("SELECT count(DISTINCT xmin::text) FROM \(schema).enrolment") == "1")
        try await check((0..<64).map { "T-\($0)" })
    }

    @Test(arguments: [0, 1, 2], [true, false])
    func `one who acted upon what is stored no more hears so, alone, and nothing of it stays`(_ place: Int, _ tells: Bool) async throws {
        var bodies = [try enrol("T-1", 1), try enrol("T-2", 2)]
        var expected: [Result<Int, StoreError>] = [.success(1), .success(2)]
        bodies.insert(try await updateStale(tells: tells), at: place)
        expected.insert(.failure(.otherVersion), at: place)
        #expect(try await together(bodies).results == expected)
        try await check(["T-1", "T-2"])
    }

    @Test func `one whose body throws, or who breaks a rule of the tables, undoes their own part alone`() async throws {
        let lost = try enrol("T-2")
        let throwing: Body = { (transaction) throws(StoreError) in
            let result = try lost(transaction)
            guard result < 0 else { throw .full }
            return result
        }
        let (results, _) = try await together([
            try enrol("T-1", 1), throwing, try enrol("T-3", 3), try enrol("T-1"), try enrol("T-5", 5),
        ])
        #expect(results[0] == .success(1) && results[1] == .failure(.full) && results[2] == .success(3) && results[4] == .success(5))
        guard case .failure(.conflict(let reason)) = results[3] else {
            Issue.record("\(results[3])")
            return
        }
        #expect(reason.contains("device_in_use"))
        try await check(["T-1", "T-3", "T-5"])
    }

    @Test(arguments: [true, false])
    func `alone, what is found wrong late is undone all the same`(_ tells: Bool) async throws {
        let (results, runs) = try await together([try await updateStale(tells: tells)])
        #expect(results == [.failure(.otherVersion)])
        #expect(runs == [1])
        try await check([])
    }

    @Test func `a body that hides what was wrong has failed`() async throws {
        let stale = try await updateStale()
        let hiding: Body = { (transaction) throws(StoreError) in
            do throws(StoreError) { return try stale(transaction) } catch { return 0 }
        }
        let (results, _) = try await together([hiding, try enrol("T-2", 2)])
        #expect(results == [.failure(.otherVersion), .success(2)])
        try await check(["T-2"])
    }

    @Test(arguments: [false, true])
    func `a body with more changes than are on their way at once`(_ beginsWrong: Bool) async throws {
        let stale = try await updateStale(tells: false)
        let long: Body = { (transaction) throws(StoreError) in
            if beginsWrong { _ = try stale(transaction) }
            for _ in 0..<1_000 { try transaction.countStranger() }
            return 1
        }
        let (results, _) = try await together([long, try enrol("T-2", 2)])
        #expect(results == [beginsWrong ? .failure(.otherVersion) : .success(1), .success(2)])
        #expect(try await store.read { (reader) throws(StoreError) in try reader.strangers() } == (beginsWrong ? 0 : 1_000))
        try await check(["T-2"])
    }

    @Test func `while another process has the turn it has looked and thought already, and acts upon that`() async throws {
        let (one, latch, thoughts) = (try enrolment("T-1"), Latch(), Tally())
        try await store.insert(one)
        let other = try await PostgreSQLStore.open(at: server.address(schema: schema), mark: .test, limits: .patient)
        async let writing: Void = other.write { (_) throws(StoreError) in latch.hold() }
        #expect(await eventually { latch.isHeld })
        async let failures = countFailure(of: one) { thoughts.add() }
        #expect(await eventually { thoughts.count == 1 })
        latch.release()
        try await writing
        #expect(try await failures == 1)
        #expect(thoughts.count == 1)
    }

    @Test func `what was thought long before the turn came is thought over again in it`() async throws {
        let (one, thoughts) = (try enrolment("T-1"), Tally())
        try await store.insert(one)
        var store = store
        store.thoughtLifetime = .zero
        #expect(try await countFailure(of: one, in: store) { thoughts.add() } == 1)
        #expect(thoughts.count == 2)
    }

    @Test func `what another process changed meanwhile is looked at and thought over again, and nothing is lost`() async throws {
        let (one, latch, thoughts) = (try enrolment("T-1"), Latch(), Tally())
        try await store.insert(one)
        let other = try await PostgreSQLStore.open(at: server.address(schema: schema), mark: .test, limits: .patient)
        async let writing: Void = other.write { (transaction) throws(StoreError) in
            latch.hold()
            guard var stored = try transaction.enrolment(one.id) else { throw .damaged("it is gone") }
            stored.failures += 5
            try transaction.update(stored)
        }
        #expect(await eventually { latch.isHeld })
        async let failures = countFailure(of: one) { thoughts.add() }
        #expect(await eventually { thoughts.count == 1 })
        latch.release()
        try await writing
        #expect(try await failures == 6)
        #expect(thoughts.count == 2)
    }

    /// Counts a failure of the enrolment, as it was seen.
    private func countFailure(
        of one: Enrolment, in store: PostgreSQLStore? = nil, thought: @escaping @Sendable () -> Void
    ) async throws(StoreError) -> Int {
        try await (store ?? self.store).write(
            afterLooking: { (reader) throws(StoreError) -> Enrolment in
                guard let found = try reader.enrolment(one.id) else { throw .damaged("it is gone") }
                return found
            },
            thinking: { (former, preparation) throws(StoreError) -> PreparedUpdate<Enrolment> in
                thought()
                var changed = former
                changed.failures += 1
                return try preparation.prepared(changed, since: former)
            },
            { (transaction, changed: PreparedUpdate<Enrolment>) throws(StoreError) -> Int in
                try transaction.update(changed)
                return changed.row.failures
            })
    }

    @Test func `a writer that was stopped while it sends its changes is ended by whoever waits for the turn`() async throws {
        let stalling = Task { [server, schema] in
            try? await server.stall("SELECT one FROM \(schema).audit_chain WHERE one = 1 FOR UPDATE", for: 100)
        }
        let stalled = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY nothing%' AND wait_event_type = 'Client'"
        try #require(await eventually { (try? await server.execute(stalled)) == "1" })
        var limits = PostgreSQLLimits.patient
        // A stopped writer is ended after twice the time of a statement and two seconds: long enough for a busy machine's statements.
        (limits.statement, limits.lock) = (.seconds(10), .seconds(1))
        let other = try await PostgreSQLStore.open(at: server.address(schema: schema), mark: .test, limits: limits)
        var refusals: Set<StoreError> = []
        let isFree = await eventually {
            do throws(StoreError) {
                try await other.write { (transaction) throws(StoreError) in try transaction.countStranger() }
                return true
            } catch {
                refusals.insert(error)
                return false
            }
        }
        #expect(isFree && refusals == [.busy])
        #expect(try await server.execute(stalled) == "0")
        stalling.cancel()
    }
}
#endif
