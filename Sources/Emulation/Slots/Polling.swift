internal import Glibc

/// Waits with poll(2) for as long as told, however often a signal interrupts it (`EINTR`).
///
/// - Parameters:
///   - limit: in milliseconds; negative for no deadline.
///   - clock: tells how much of it is left after an interruption.
///   - poll: the call, with the milliseconds that are left.
/// - Returns: what poll(2) returned.
func polling<C: Clock>(_ limit: Int32, on clock: C = ContinuousClock(), _ poll: (Int32) -> Int32) -> Int32 where C.Duration == Duration {
    let end = clock.now.advanced(by: .milliseconds(Int64(max(0, limit))))
    var left = limit
    while true {
        let result = poll(left)
        guard result < 0, errno == EINTR else { return result }
        guard limit >= 0 else { continue }
        let (seconds, attoseconds) = clock.now.duration(to: end).components
        // A part of a millisecond is a whole one: never too short.
        left = Int32(clamping: max(0, seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }
}
