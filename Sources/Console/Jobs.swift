import HTTPDoor
import HTTPTypes

/// Work that goes on when the browser that asked for it has gone: a card that answers a login.
final class Jobs: Sendable {
    private let coming: AsyncStream<@Sendable () async -> Void>
    private let continuation: AsyncStream<@Sendable () async -> Void>.Continuation

    init() { (coming, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(64)) }

    /// Begins one; refuses when too many wait.
    func begin(_ job: @escaping @Sendable () async -> Void) throws(Problem) {
        guard case .enqueued = continuation.yield(job) else {
            throw Problem(.serviceUnavailable, "busy", "too much is going on here", userAction: "try again", isRetryable: true)
        }
    }

    /// Carries them out until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await job in coming { group.addTask { await job() } }
        }
    }
}
