import DeviceProtocol
import Foundation
import GRDB
import StoreTables
import Synchronization
import TestSupport
import Testing
import Verification

@testable import SQLiteStore

/// Transactions that share a commit.
@Suite(.serialized, .timeLimit(.minutes(5))) struct GroupCommitTests {
    private typealias Body = @Sendable (any StoreTransaction) throws(StoreError) -> Int

    private let folder: TemporaryFolder
    private let store: SQLiteStore
    private let commits = CommitCounter()

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore(at: folder.path("store"), mark: .test)
        store.database.add(transactionObserver: commits, extent: .databaseLifetime)
    }

    /// Runs all `bodies` in one group, in their order.
    private func together(_ bodies: [Body]) async throws -> [Result<Int, StoreError>] {
        let place = WritingPlace(database: store.database, secrets: StoredSecrets(protection: nil))
        return try await runTogether(bodies.map(Self.errand), at: place) { GroupCommit.run($0) }
    }

    private static func errand(_ body: @escaping Body) -> PendingErrand<Int>.Body {
        { (transaction) throws(StoreError) in try body(transaction) }
    }

    private func insert(_ device: String, _ result: Int = 0) throws -> Body {
        let one = try enrolment(device)
        return { (transaction) throws(StoreError) in
            try transaction.insert(one)
            return result
        }
    }

    private func both(_ first: @escaping Body, _ second: @escaping Body) -> Body {
        { (transaction) throws(StoreError) in
            let result = try first(transaction)
            return try result + second(transaction)
        }
    }

    private func failing(after body: @escaping Body, with error: StoreError) -> Body {
        { (transaction) throws(StoreError) in
            let result = try body(transaction)
            guard result < 0 else { throw error }
            return result
        }
    }

    private func devices() async throws -> [String] {
        let alice = try SubscriberID("alice")
        return try await store.read { (reader) throws(StoreError) in try reader.enrolments(of: alice) }.map(\.device.rawValue)
    }

    @Test func `64 who come together share one commit, and each gets their own result`() async throws {
        let results = try await together((0..<64).map { try insert("T-\($0)", $0) })
        #expect(results == (0..<64).map { .success($0) })
        #expect(commits.made == 1)
        #expect(try await devices() == (0..<64).map { "T-\($0)" })
    }

    @Test func `one whose body throws undoes their own part alone`() async throws {
        let lost = try insert("T-2")
        let results = try await together([
            try insert("T-1", 1),
            failing(after: lost, with: .busy),
            try insert("T-3", 3),
        ])
        #expect(results == [.success(1), .failure(.busy), .success(3)])
        #expect(commits.made == 1)
        #expect(try await devices() == ["T-1", "T-3"])
    }

    @Test func `what one would have told the audit log, and undid, leaves no gap for the others`() async throws {
        let one = try enrolment("T-1")
        let asked = try operation(one)
        try await store.insert(one)
        let telling: Body = { (transaction) throws(StoreError) in
            try transaction.append(AuditEvent(.activated, of: one, at: TestBank.start))
            return 1
        }
        let asking: Body = { (transaction) throws(StoreError) in Int(try transaction.insert(asked)) }
        let results = try await together([telling, failing(after: both(telling, asking), with: .busy), telling, asking])
        #expect(results == [.success(1), .failure(.busy), .success(1), .success(1)])
        let log = AuditLog(store: store)
        #expect(try await log.rows().map(\.number) == [1, 2])
        #expect(try await log.check(keys: []).isIntact)
    }

    @Test func `one who breaks a rule of the tables undoes their own part alone`() async throws {
        let (second, same) = (try insert("T-2"), try insert("T-1"))
        let results = try await together([
            try insert("T-1", 1),
            both(second, same),
            try insert("T-3", 3),
        ])
        guard case .failure(.conflict) = results[1] else {
            Issue.record("\(results[1])")
            return
        }
        #expect(try await devices() == ["T-1", "T-3"])
    }

    @Test func `a later one sees what an earlier one of the same group has written`() async throws {
        let one = try enrolment("T-1")
        let writing: Body = { (transaction) throws(StoreError) in
            try transaction.insert(one)
            return 0
        }
        let reading: Body = { (transaction) throws(StoreError) in try transaction.enrolment(one.id) == nil ? 0 : 1 }
        let results = try await together([writing, reading])
        #expect(results == [.success(0), .success(1)])
    }

    @Test func `a commit that fails fails all, and nothing is there`() async throws {
        commits.refuse()
        let failed = failing(after: try insert("T-3"), with: .busy)
        let results = try await together([try insert("T-1"), failed, try insert("T-2")])
        // Who failed by itself has its own reason.
        #expect(results == [.failure(.full), .failure(.busy), .failure(.full)])
        #expect(try await devices().isEmpty)
        // The next group is not touched by it.
        #expect(try await together([try insert("T-1", 1)]) == [.success(1)])
    }

    @Test func `what ends the transaction in the middle fails all, also those that were through`() async throws {
        let (second, database) = (try insert("T-2"), store.database)
        // What SQLite does by itself when the disk is full.
        let ending: Body = { _ throws(StoreError) in
            do { try database.unsafeReentrantWrite { try $0.execute(sql: "ROLLBACK") } } catch { throw StoreError(error) }
            return 0
        }
        let results = try await together([
            try insert("T-1"),
            failing(after: ending, with: .full),
            second,
        ])
        #expect(results == [.failure(.full), .failure(.full), .failure(.full)])
        #expect(try await devices().isEmpty)
    }

    @Test func `a store that another process holds is busy for all of a group`() async throws {
        let path = folder.path("store")
        var configuration = Configuration()
        configuration.busyMode = .immediateError
        let impatient = try DatabasePool(path: path, configuration: configuration)
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: path, configuration: configuration)
        let (first, second) = (try insert("T-1"), try insert("T-2"))
        try other.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let results = await withTaskGroup(of: Result<Int, StoreError>.self) { group in
            let commits = GroupCommit(impatient, secrets: StoredSecrets(protection: nil), patience: BusyPatience(), turns: CallerTurns())
            for body in [first, second] {
                group.addTask {
                    do throws(StoreError) { return .success(try await commits.write(body)) } catch { return .failure(error) }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        try other.inDatabase { try $0.execute(sql: "ROLLBACK") }
        #expect(results == [.failure(.busy), .failure(.busy)])
    }

    @Test func `whoever has given up in the queue writes nothing, and the others do`() async throws {
        let place = WritingPlace(database: store.database, secrets: StoredSecrets(protection: nil))
        let (one, two) = (Self.errand(try insert("T-1")), Self.errand(try insert("T-2", 2)))
        let queued = Collected<QueuedErrand<WritingPlace>>()
        let leaving = Task { try await PendingErrand(one).outcome { queued.add(QueuedErrand($0, at: place)) } }
        try #require(await eventually { queued.all.count == 1 })
        leaving.cancel()
        await #expect(throws: StoreError.cancelled) { try await leaving.value }
        async let staying = PendingErrand(two).outcome { queued.add(QueuedErrand($0, at: place)) }
        try #require(await eventually { queued.all.count == 2 })
        GroupCommit.run(queued.all)
        #expect(try await staying == 2)
        #expect(try await devices() == ["T-2"])
    }

    @Test func `whoever gives up in their turn hears what became of it`() async throws {
        let place = WritingPlace(database: store.database, secrets: StoredSecrets(protection: nil))
        let (latch, insert) = (Latch(), Self.errand(try insert("T-1", 7)))
        let held: PendingErrand<Int>.Body = { (transaction) throws(StoreError) in
            guard latch.hold() else { return 0 }
            return try insert(transaction)
        }
        let queued = Collected<QueuedErrand<WritingPlace>>()
        let task = Task { try await PendingErrand(held).outcome { queued.add(QueuedErrand($0, at: place)) } }
        try #require(await eventually { queued.all.count == 1 })
        let errands = queued.all
        Thread.detachNewThread { GroupCommit.run(errands) }
        try #require(await eventually { latch.isHeld })
        task.cancel()
        latch.release()
        #expect(try await task.value == 7)
        #expect(try await devices() == ["T-1"])
    }

    @Test func `more than one commit takes are done in several, in order`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<(TurnQueue<QueuedWrite>.groupLimit + 44) {
                let body = try insert("T-\(number)")
                group.addTask { [store] in _ = try await store.write(body) }
            }
            try await group.waitForAll()
        }
        #expect(try await devices().count == TurnQueue<QueuedWrite>.groupLimit + 44)
    }

    @Test func `whoever lets a store go and opens it again finds everything`() async throws {
        for round in 0..<20 {
            let path = folder.path("again")
            let reopened = try SQLiteStore(at: path, mark: .test)
            let one = try enrolment("T-\(round)")
            try await reopened.insert(one)
        }
        let alice = try SubscriberID("alice")
        let last = try SQLiteStore(at: folder.path("again"), mark: .test)
        #expect(try await last.read { (reader) throws(StoreError) in try reader.enrolments(of: alice).count } == 20)
    }
}

/// Counts commits, and lets one fail when asked to.
private final class CommitCounter: TransactionObserver, Sendable {
    private let state = Mutex((made: 0, refuses: false))

    var made: Int { state.withLock { $0.made } }

    func refuse() { state.withLock { $0.refuses = true } }

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseWillCommit() throws {
        let refuses = state.withLock { state in
            defer { state.refuses = false }
            return state.refuses
        }
        if refuses { throw StoreError.full }
    }
    func databaseDidCommit(_ db: Database) { state.withLock { $0.made += 1 } }
    func databaseDidRollback(_ db: Database) {}
}
