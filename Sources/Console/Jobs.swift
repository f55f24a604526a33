import HTTPDoor
import HTTPTypes
import Synchronization

/// Work that goes on when the browser that asked for it has gone: a card that answers a login.
final class Jobs: Sendable {
    /// How many go on at once.
    static let most = 64

    private let coming: AsyncStream<@Sendable () async -> Void>
    private let continuation: AsyncStream<@Sendable () async -> Void>.Continuation
    /// Those that were begun and have not ended.
    private let open = Mutex(0)

    init() { (coming, continuation) = AsyncStream.makeStream() }

    /// Begins one; refuses when too many go on.
    func begin(_ job: @escaping @Sendable () async -> Void) throws(Problem) {
        let isAdmitted = open.withLock { open in
            guard open < Self.most else { return false }
            open += 1
            return true
        }
        guard isAdmitted else {
            throw Problem(.serviceUnavailable, "busy", "too much is going on here", userAction: "try again", isRetryable: true)
        }
        continuation.yield { [self] in
            await job()
            open.withLock { $0 -= 1 }
        }
    }

    /// Carries them out until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await job in coming { group.addTask { await job() } }
        }
    }
}
