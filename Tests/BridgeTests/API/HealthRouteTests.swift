import Foundation
import HTTPDoor
import HTTPTypes
import SQLiteStore
import Synchronization
import Testing
import TestSupport
import Verification

@testable import Bridge

@Suite struct HealthRouteTests {
    @Test func `it lives, is ready, and tells what it offers and counts`() async throws {
        try await ServedBank(metrics: { "tessera_up 1\n" }).served { (client) async throws in
            #expect(try await client.get("/healthz").text == #"{"status":"ok"}"#)
            #expect(try await client.get("/readyz").status == 200)
            let document = try await client.get("/openapi.yaml")
            #expect(document.header("content-type") == "application/yaml")
            #expect(document.text.contains("\nopenapi: \"3.1.0\"\n"))
            #expect(try await client.get("/metrics").text == "tessera_up 1\n")
        }
    }

    @Test func `who is let in with no role may ask whether it lives, and not what it counts`() async throws {
        try await ServedBank(metrics: { "" }).served(as: []) { (client) async throws in
            #expect(try await client.get("/readyz").status == 200)
            #expect(try await client.get("/metrics").code == "roleMissing")
        }
    }

    @Test(arguments: [
        (StoreError.full, "storeFull"), (.exhausted(.memory, server: "db", "out of memory"), "storeOutOfMemory"),
        (.exhausted(.connections, server: "db", "too many clients"), "storeOutOfConnections"),
        (.exhausted(.limit, server: "db", "temp_file_limit"), "storeLimitReached"),
    ])
    func `after a write that found no room it is not ready until one is stored`(_ error: StoreError, _ code: String) async throws {
        let store = FullStore(error)
        let readiness = Readiness(store: store, deadline: .seconds(60))
        try await readiness.check()
        store.isFull.withLock { $0 = true }
        for _ in 0..<2 {
            let problem = await #expect(throws: Problem.self) { try await readiness.check() }
            #expect(problem?.status == .serviceUnavailable && problem?.code == code && problem?.isRetryable == true)
            #expect(HealthRoutes.document.contains(Array(code.utf8)))
        }
        store.isFull.withLock { $0 = false }
        // The store still remembers the last failure: the question itself finds room again.
        try await readiness.check()
    }

    @Test func `a store that does not answer is told in time, and asked again`() async throws {
        let store = SilentStore()
        let readiness = Readiness(store: store, deadline: .milliseconds(10))
        for _ in 0..<3 {
            let problem = await #expect(throws: Problem.self) { try await readiness.check() }
            #expect(problem?.code == "storeSilent" && problem?.isRetryable == true)
        }
        #expect(store.questions.withLock { $0 } == 1)
        store.wake()
        #expect(
            await eventually {
                do throws(Problem) { try await readiness.check() } catch { return error.code == "storeCancelled" }
                return false
            })
    }
}

/// A store that can be read, and written to while its disk has room.
private final class FullStore: Store {
    private let base: SQLiteStore
    let isFull = Mutex(false)
    private let error: StoreError
    private let failed = Mutex(false)

    init(_ error: StoreError) {
        self.error = error
        base = { do { return try SQLiteStore(inMemory: .test) } catch { preconditionFailure("\(error)") } }()
    }

    var mark: StoreMark { base.mark }
    var trouble: StoreError? { isFull.withLock { $0 } || failed.withLock { $0 } ? error : nil }

    func write<R: Sendable>(_ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> R) async throws(StoreError) -> R {
        let isFull = isFull.withLock { $0 }
        failed.withLock { $0 = isFull }
        guard !isFull else { throw error }
        return try await base.write(body)
    }

    func read<R: Sendable>(_ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R) async throws(StoreError) -> R {
        try await base.read(body)
    }
}

/// A store that says nothing until it is woken.
private final class SilentStore: Store {
    let mark = StoreMark.test
    let questions = Mutex(0)
    private let waking = AsyncStream<Void>.makeStream()

    func wake() { waking.continuation.finish() }

    func write<R: Sendable>(_ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> R) async throws(StoreError) -> R {
        throw .busy
    }

    func read<R: Sendable>(_ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R) async throws(StoreError) -> R {
        questions.withLock { $0 += 1 }
        for await _ in waking.stream {}
        throw .cancelled
    }
}
