import Foundation
import Synchronization

/// How many callers of a store may use it on the threads they are on, which saves each of them two changes of threads.
///
/// Such a thread may be one of Swift's own, of which there is one a processor. One of them stays free, so that what needs no store goes on
/// while a disk stalls; where there is one processor, nobody gets a turn. Nobody waits for one either.
final class CallerTurns: Sendable {
    /// More would gain little, and each may have a connection.
    private static let most = 8

    let count: Int
    private let free: Atomic<Int>

    init(_ count: Int = min(most, max(0, ProcessInfo.processInfo.activeProcessorCount - 1))) {
        self.count = count
        free = Atomic(count)
    }

    /// Takes one, unless all are taken; whoever got it gives it back.
    func take() -> Bool {
        var left = free.load(ordering: .relaxed)
        while left > 0 {
            let (isTaken, found) = free.weakCompareExchange(expected: left, desired: left - 1, ordering: .acquiringAndReleasing)
            if isTaken { return true }
            left = found
        }
        return false
    }

    func give() { free.wrappingAdd(1, ordering: .releasing) }
}
