#if PostgreSQL
import DeviceProtocol
import Foundation
import PostgreSQLStore
import Synchronization
import TestSupport
import Testing
import Verification

/// A server that goes away under load: nothing acknowledged is lost, nothing is accepted twice, and nobody has to restart anything.
@Suite(.serialized) struct PostgreSQLTroubleTests {
    /// Short, so that a server that hangs is noticed while the test waits.
    private var limits: PostgreSQLLimits {
        var limits = PostgreSQLLimits()
        (limits.connect, limits.statement, limits.lock, limits.recovery) = (.seconds(4), .seconds(6), .seconds(4), .seconds(6))
        return limits
    }

    @Test func `stopped, crashed and started again: the next requests find it`() async throws {
        let server = try await PrivatePostgreSQL.start()
        let load = try await TroubledBank(server.address(), limits: limits)
        try await load.run {
            for round in 0..<(Proof.isWhole ? 10 : 2) {
                try await load.goesOn()
                if round % 2 == 0 { try await server.stop() } else { server.crash() }
                try await server.resume()
            }
            try await load.goesOn()
        }
        try await load.check(with: server.address(schema: load.schema))
    }

    @Test func `paused: an error within the limits, and on it goes afterwards`() async throws {
        let server = try await PrivatePostgreSQL.start()
        let load = try await TroubledBank(server.address(), limits: limits)
        try await load.run {
            for _ in 0..<(Proof.isWhole ? 5 : 1) {
                try await load.goesOn()
                server.pause()
                let failed = await load.fails()
                server.proceed()
                try #require(failed)
            }
            try await load.goesOn()
        }
        try await load.check(with: server.address(schema: load.schema))
    }

    @Test func `down for longer: the error names the server, and the next step`() async throws {
        let server = try await PrivatePostgreSQL.start()
        let store = try await PostgreSQLStore.open(at: server.address(), mark: .test, limits: limits)
        try await server.stop()
        do throws(StoreError) {
            try await store.write { (transaction) throws(StoreError) in try transaction.countStranger() }
            Issue.record("nothing was there to write to")
        } catch {
            guard case .unreachable(let name, let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(name.contains(server.folder.path) && name.hasSuffix("/postgres"))
            #expect(reason.contains("No such file or directory") || reason.contains("Connection refused"), "\(reason)")
            #expect(error.hint.contains("connects anew"))
        }
        try await server.resume()
        try await store.write { (transaction) throws(StoreError) in try transaction.countStranger() }
        #expect(try await store.read { (reader) throws(StoreError) in try reader.strangers() } == 1)
    }

    @Test func `the first server dies and its standby takes over: what was acknowledged is there`() async throws {
        for _ in 0..<(Proof.isWhole ? 5 : 1) {
            let first = try await PrivatePostgreSQL.start()
            let second = try await first.startStandby()
            let load = try await TroubledBank(first.address(others: [second]), limits: limits)
            try await load.run {
                try await load.goesOn()
                first.crash()
                try await second.promote()
                try await load.goesOn()
            }
            try await load.check(with: second.address(schema: load.schema))
        }
    }

    @Test(arguments: ["", "&options=-c%20client_min_messages%3Derror%20-c%20synchronous_commit%3Dlocal"])
    func `a commit that the standby does not confirm may have happened, and is told so`(_ options: String) async throws {
        let first = try await PrivatePostgreSQL.start()
        let second = try await first.startStandby()
        let store = try await PostgreSQLStore.open(at: first.address() + options, mark: .test, limits: limits)
        second.pause()
        await #expect(throws: StoreError.unknownOutcome(server: "\(first.folder.path):5432/postgres")) {
            try await store.write { (transaction) throws(StoreError) in try transaction.countStranger() }
        }
        second.proceed()
        #expect(
            await eventually { (try? await store.read { (reader) throws(StoreError) in try reader.strangers() }) == 1 },
            "what the server was told to commit is there once the standby has it")
    }

    @Test func `a connection that is cut during its commit: acknowledged once, when the standby has it`() async throws {
        let first = try await PrivatePostgreSQL.start()
        let second = try await first.startStandby()
        let store = try await PostgreSQLStore.open(at: first.address(), mark: .test, limits: .patient)
        second.pause()
        let isDone = Mutex(false)
        let writing = Task {
            try await store.write { (transaction) throws(StoreError) in try transaction.countStranger() }
            isDone.withLock { $0 = true }
        }
        let waiting = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        try #require(await eventually { (try? await first.execute(waiting)) == "1" })
        // The new connection asks what became of it, and has to wait for the standby as well.
        try #require(await eventually { (try? await first.execute(waiting.replacing("pg_terminate_backend", with: ""))) == "1" })
        #expect(!isDone.withLock { $0 })
        second.proceed()
        try await writing.value
        #expect(try await store.read { (reader) throws(StoreError) in try reader.strangers() } == 1)
    }

    @Test func `a standby can be audited, and not written to`() async throws {
        let first = try await PrivatePostgreSQL.start()
        let second = try await first.startStandby()
        let schema = PrivatePostgreSQL.newSchema()
        let store = try await PostgreSQLStore.open(at: first.address(schema: schema), mark: .test, limits: .patient)
        let chain = try await store.read { (reader) throws(StoreError) in try reader.auditChain().id }
        try #require(await eventually { (try? await PostgreSQLStore.mark(of: second.address(schema: schema))) == .test })
        let audited = try await PostgreSQLStore.open(auditing: second.address(schema: schema), isReadOnly: true, limits: .patient)
        #expect(try await audited.read { (reader) throws(StoreError) in try reader.auditChain().id } == chain)
        await #expect(throws: StoreError.unavailable("it was opened for reading alone")) {
            try await audited.write { (transaction) throws(StoreError) in try transaction.countStranger() }
        }
    }

    @Test func `a server that does not keep what it acknowledges is refused`() async throws {
        let server = try await PrivatePostgreSQL.start(settings: "fsync = off")
        do throws(StoreError) {
            _ = try await PostgreSQLStore.open(at: server.address(), mark: .test, limits: limits)
            Issue.record("opened")
        } catch {
            guard case .notDurable = error else {
                Issue.record("\(error)")
                return
            }
        }
    }
}

/// A bank under load, and what it was told.
private final class TroubledBank: Sendable {
    private struct Said {
        var acknowledged: [KilledStore.Acknowledgement] = []
        var errors: [VerificationError] = []
        var isOver = false
    }

    let schema: String
    private let bank: TestBank
    private let said = Mutex(Said())

    init(_ address: String, limits: PostgreSQLLimits) async throws {
        schema = String(address.split(separator: "schema=").last ?? "")
        bank = try TestBank(store: await PostgreSQLStore.open(at: address, mark: .test, limits: limits))
    }

    /// Has right and wrong codes checked all the while that `body` runs.
    func run(_ body: @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<8 { group.addTask { try await self.work(worker) } }
            defer { said.withLock { $0.isOver = true } }
            try await body()
        }
    }

    private func work(_ worker: Int) async throws {
        var number = 0
        while !said.withLock({ $0.isOver }) {
            number += 1
            let token = KilledStore.token("P\(worker)-\(number)")
            do {
                _ = try await bank.enrolToken(token.id.rawValue, seed: token.seed)
                let code = try token.code(at: bank.clock.now)
                for answer in [code, code, "1"] {
                    let operation = try await bank.begin(.login(), with: token.id)
                    let outcome = try await bank.operations.submit(.code(answer), to: operation.id)
                    said.withLock {
                        $0.acknowledged.append(
                            .init(
                                isAccepted: outcome.name == "succeeded", operation: operation.id.description, device: token.id.rawValue))
                    }
                }
            } catch let error as VerificationError {
                said.withLock { $0.errors.append(error) }
            }
        }
    }

    /// Waits until more answers were given.
    func goesOn() async throws {
        let before = said.withLock { $0.acknowledged.count }
        try #require(await eventually(within: .seconds(120)) { self.said.withLock { $0.acknowledged.count } >= before + 30 })
    }

    /// Waits until one more request failed.
    func fails() async -> Bool {
        let before = said.withLock { $0.errors.count }
        return await eventually(within: .seconds(120)) { self.said.withLock { $0.errors.count } > before }
    }

    /// Everything that was acknowledged is there, everything was accepted once, and the audit log is whole.
    func check(with address: String) async throws {
        let (acknowledged, errors) = said.withLock { ($0.acknowledged, $0.errors) }
        for error in errors {
            switch error {
            case .store(.unreachable), .store(.unknownOutcome), .store(.busy): continue
            // Statements that the server itself ended, because they took longer than the limits above.
            case .store(.unavailable(let reason)) where reason.contains("(57014, "): continue
            default: Issue.record("\(error)")
            }
        }
        let store = try await PostgreSQLStore.open(at: address, mark: .test, limits: .patient)
        let log = AuditLog(store: store)
        #expect(try await log.check(keys: []).isIntact)
        let rows = try await AuditedEvents.all(in: log)
        let audited = Dictionary(grouping: rows.filter { $0.operation != nil && $0.kind != .blocked }) { $0.operation ?? [] }
        for one in acknowledged {
            let id = SentAtOnce.bytes(of: one.operation)
            #expect(audited[id]?.map(\.kind) == [one.isAccepted ? .accepted : .refused], "\(one)")
        }
        for (device, accepted) in Dictionary(grouping: rows.filter { $0.kind == .accepted }, by: { $0.person?.device }) {
            #expect(accepted.count == 1, "\(device ?? "")")
        }
        print("\(acknowledged.count) answers acknowledged, \(errors.count) requests failed: \(Set(errors.map { "\($0)".prefix(90) }))")
    }
}
#endif
