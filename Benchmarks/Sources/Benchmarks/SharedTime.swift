import Foundation
import Synchronization

/// The time that a workload goes by: it stands still until it is moved on, so that codes are right however long a round takes.
final class SharedTime: Sendable {
    private let time = Mutex(Date(timeIntervalSince1970: 1_800_000_000))

    /// What the clock says.
    var now: Date {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }
}
