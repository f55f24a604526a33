import CoreMetrics
import Crypto
import DeviceProtocol
import Foundation
import InMemoryLogging
import Logging
import MetricsTestKit
import SQLiteStore
import TestSupport
import Testing

@testable import Verification

/// What happens is counted and told, and never by whom.
struct ObservedStoreTests {
    private let metrics = TestMetrics()
    private let handler = InMemoryLogHandler()

    private func bank() throws -> TestBank {
        let handler = handler
        let log = Logger(label: "tessera") { _ in handler }
        return try TestBank(store: ObservedStore(SQLiteStore(inMemory: .test), metrics: metrics, log: log))
    }

    private func count(_ label: String, _ dimensions: [(String, String)] = []) -> Int64 {
        metrics.counterTotal(label: label, dimensions: dimensions)
    }

    @Test func `operations that begin and end are counted by what they ask and how they end`() async throws {
        let bank = try bank()
        let token = try await bank.enrolToken()
        let right = try await bank.begin(.login(), with: token.id)
        #expect(try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: right.id).name == "succeeded")
        let wrong = try await bank.begin(.payment(), with: token.id)
        #expect(try await bank.operations.submit(.code(token.wrongCode(at: bank.clock.now)), to: wrong.id) == .refused)
        let late = try await bank.begin(.payment(), with: token.id)
        bank.clock.advance(by: 121)
        #expect(try await bank.operations.operation(late.id).outcome == .expired)
        #expect(try await bank.operations.operation(late.id).outcome == .expired, "looked at twice, counted once")
        #expect(count("tessera_operations_begun", [("content", "login")]) == 1)
        #expect(count("tessera_operations_begun", [("content", "payment")]) == 2)
        #expect(count("tessera_operations_ended", [("content", "login"), ("outcome", "succeeded")]) == 1)
        #expect(count("tessera_operations_ended", [("content", "payment"), ("outcome", "refused")]) == 1)
        #expect(count("tessera_operations_ended", [("content", "payment"), ("outcome", "expired")]) == 1)
        #expect(metrics.timers.contains { $0.label == "tessera_store_duration" && !$0.values.isEmpty })
    }

    @Test func `a block is counted and told as a warning`() async throws {
        let bank = try bank()
        let token = try await bank.enrolToken()
        for _ in 0..<5 {
            let operation = try await bank.begin(.login(), with: token.id)
            _ = try await bank.operations.submit(.code(token.wrongCode(at: bank.clock.now)), to: operation.id)
        }
        #expect(count("tessera_blocks", [("what", "device")]) == 1)
        #expect(count("tessera_audit_events", [("kind", "refused")]) == 5)
        #expect(handler.entries.filter { $0.level == .warning }.map { "\($0.message)" } == ["blocked"])
        #expect(handler.entries.count { $0.level == .notice && "\($0.message)" == "refused" } == 5)
    }

    @Test func `what was undone is not told`() async throws {
        let bank = try bank()
        _ = try await bank.enrolToken()
        let before = handler.entries.count
        await #expect(throws: StoreError.full) {
            try await bank.store.write { transaction throws(StoreError) in
                try transaction.append(AuditEvent(.configurationChanged, at: TestBank.start, detail: "never"))
                throw .full
            }
        }
        #expect(!handler.entries.dropFirst(before).contains { "\($0.metadata)".contains("never") })
        #expect(count("tessera_store_errors", [("transaction", "write"), ("error", "full")]) == 1)
        #expect(handler.entries.last?.level == .error)
    }

    @Test func `neither metrics nor events name a person, a device, a code, a key or an account`() async throws {
        let bank = try bank()
        let token = try await bank.enrolToken("T-SECRET-NAME")
        let scan = try await bank.enrolScan("S-SECRET-NAME")
        let operation = try await bank.begin(.payment(), with: scan.id)
        let answer = try await scan.respond(to: bank.operations.presentation(of: operation.id))
        #expect(try await bank.operations.submit(answer, to: operation.id).name == "succeeded")
        try await bank.enrolments.suspend(token.id, by: .fraud)
        guard case .code(let code) = answer else {
            Issue.record("no code")
            return
        }
        let told = handler.entries.map { "\($0.level) \($0.message) \($0.metadata)" }.joined(separator: "\n")
        let counted = (metrics.counters.map { "\($0.label) \($0.dimensions)" } + metrics.timers.map { "\($0.label) \($0.dimensions)" })
            .joined(separator: "\n")
        #expect(told.contains("accepted") && told.contains(operation.id.description) && counted.contains("payment"))
        for secret in ["alice", "SECRET-NAME", code, "LU28", "Muster", "12.50", String(decoding: token.seed, as: UTF8.self)] {
            #expect(!told.contains(secret) && !counted.contains(secret), "\(secret)")
        }
    }

    @Test func `who is sent away from the queue of passwords is counted`() async throws {
        let hasher = SecretHasher(lanes: 1, capacity: 0, metrics: metrics)
        let gate = DispatchSemaphore(value: 0)
        let running = Task { try await hasher.run { gate.wait(timeout: .now() + 60) } }
        #expect(await eventually { hasher.load.running == 1 })
        await #expect(throws: SubscriberError.busy) { try await hasher.hash(secret("Pass-w0rd")) }
        gate.signal()
        #expect(try await running.value == .success)
        #expect(count("tessera_password_queue_overflows") == 1)
        #expect(metrics.timers.first { $0.label == "tessera_password_duration" }?.values.count == 1)
    }

    @Test func `commits are counted with the callers that share them`() async throws {
        let store = try withMetricsFactory(metrics) { try SQLiteStore(inMemory: .test) }
        let log = AuditLog(store: store)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<64 { group.addTask { try await log.record(.configurationChanged, detail: "\(number)") } }
            try await group.waitForAll()
        }
        #expect(count("tessera_commit_writes") == 64)
        #expect((1...64).contains(count("tessera_commit_groups")))
    }
}
