import Glibc
import GRDB
import Synchronization

/// How long one connection waits while another process writes: ten seconds, or not at all.
///
/// It looks again every millisecond. SQLite's own waits grow to 100 ms, in which others come first again and again.
final class BusyPatience: Sendable {
    private static let tries = 10_000

    private let hasNone = Atomic(false)

    /// What a connection is configured with.
    var mode: Database.BusyMode {
        .callback { [weak self] tries in
            guard let self, !self.hasNone.load(ordering: .relaxed), tries < Self.tries else { return false }
            usleep(1_000)
            return true
        }
    }

    /// Runs `body` without any.
    func withNone<R>(_ body: () -> R) -> R {
        hasNone.store(true, ordering: .relaxed)
        defer { hasNone.store(false, ordering: .relaxed) }
        return body()
    }
}
