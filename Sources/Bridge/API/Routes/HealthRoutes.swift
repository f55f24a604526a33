import COpenAPI
import HTTPDoor
import HTTPTypes
import Hummingbird
import NIOCore
import Verification

/// Whether the program lives and can work, what it counts, and what it offers.
struct HealthRoutes: Sendable {
    let readiness: Readiness
    /// Writes what was counted, in Prometheus' text format.
    let metrics: (@Sendable () async -> String)?

    func add(to routes: Router<DoorContext>) {
        routes.add(.get, "/healthz") { _ in try .json(["status": "ok"]) }
        routes.add(.get, "/readyz") { _ in
            try await readiness.check()
            return try .json(["status": "ok"])
        }
        routes.add(.get, "/openapi.yaml") { _ in .bytes(Self.document, type: "application/yaml", cache: "no-cache") }
        guard let metrics else { return }
        routes.add(.get, "/metrics", for: .observer, .administrator) { _ in
            .bytes(Array(await metrics().utf8), type: "text/plain; version=0.0.4; charset=utf-8")
        }
    }

    /// `Docs/openapi.yaml`, as it was when the program was built.
    static var document: [UInt8] { unsafe Array(UnsafeBufferPointer(start: tessera_openapi_start(), count: tessera_openapi_count())) }
}

/// Whether the store answers, asked so that a store that hangs does not hang who asks, nor collect those who do.
actor Readiness {
    private let store: any Store
    private let deadline: Duration
    private var running: Task<StoreError?, Never>?

    init(store: any Store, deadline: Duration = .seconds(5)) {
        self.store = store
        self.deadline = deadline
    }

    /// Asks the store for one small thing; after a write that found no room, lets it write one.
    ///
    /// - Throws: ``HTTPDoor/Problem`` 503: the store's own error, or `storeSilent`.
    func check() async throws(Problem) {
        let question = running ?? Task { await ask() }
        running = question
        let (answers, continuation) = AsyncStream<StoreError??>.makeStream(bufferingPolicy: .bufferingOldest(1))
        let (asking, waiting) = (
            Task { continuation.yield(.some(await question.value)) },
            Task { [deadline] in
                try? await Task.sleep(for: deadline)
                continuation.yield(.none)
            }
        )
        defer {
            asking.cancel()
            waiting.cancel()
        }
        for await answer in answers {
            guard case .some(let error) = answer else { break }
            if let error { throw Problem(error) }
            return
        }
        throw Problem(
            .serviceUnavailable, "storeSilent", "the store does not answer", userAction: "look at the store's disk or server",
            isRetryable: true, headers: [.retryAfter: "5"])
    }

    private func ask() async -> StoreError? {
        defer { running = nil }
        do throws(StoreError) {
            _ = try await store.read { (reader) throws(StoreError) in try reader.auditChain() }
            // Only a write tells whether there is room again, and who is not ready may be sent none.
            if store.trouble != nil { try await store.write { (transaction) throws(StoreError) in try transaction.countStranger() } }
            return nil
        } catch { return error }
    }
}
