import HTTPDoor
import HTTPTypes
import Synchronization

/// Work that goes on when the browser that asked for it has gone: a card that answers a login.
///
/// Whoever wants some takes its place before they change anything: a refusal leaves everything as it was, and they can ask again.
final class Jobs: Sendable {
    /// How many go on at once.
    static let most = 64

    private let coming: AsyncStream<@Sendable () async -> Void>
    private let continuation: AsyncStream<@Sendable () async -> Void>.Continuation
    /// How many places are taken.
    private let taken = Mutex(0)

    init() { (coming, continuation) = AsyncStream.makeStream() }

    /// Room for one job, from before it begins until it has ended; who drops it without a job gives it back.
    final class Place: Sendable {
        private let jobs: Jobs

        fileprivate init(in jobs: Jobs) { self.jobs = jobs }

        deinit { jobs.taken.withLock { $0 -= 1 } }

        /// Begins the job.
        func begin(_ job: @escaping @Sendable () async -> Void) {
            jobs.continuation.yield { [self] in
                await job()
                withExtendedLifetime(self) {}
            }
        }
    }

    /// Takes a place; refuses when too much goes on.
    func place() throws(Problem) -> Place {
        let isFree = taken.withLock { taken in
            guard taken < Self.most else { return false }
            taken += 1
            return true
        }
        guard isFree else {
            throw Problem(.serviceUnavailable, "busy", "too much is going on here", userAction: "try again", isRetryable: true)
        }
        return Place(in: self)
    }

    /// Carries them out until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await job in coming { group.addTask { await job() } }
        }
    }
}
