#if PostgreSQL
import Synchronization
import Verification

/// The lack that the last write met, for whoever asks whether the store can be written to.
final class Shortage: Sendable {
    private let last = Mutex<StoreError?>(nil)

    /// What was missing; `nil` after a write that was stored.
    var error: StoreError? { last.withLock { $0 } }

    /// Takes note of how a write ended; what says nothing of room changes nothing.
    func note(_ error: StoreError?) {
        switch error {
        case nil, .full, .exhausted: last.withLock { $0 = error }
        default: break
        }
    }
}
#endif
