import Verification

/// How far a device's clock is off, as it is told: `8 steps (4 min) fast`.
enum ClockDrift {
    /// - Parameters:
    ///   - steps: how many it is ahead of ours; negative when it is behind.
    ///   - step: how long one takes.
    static func telling(_ steps: Int64, of step: Duration) -> String {
        guard steps != 0 else { return "right, as far as is known" }
        let count = steps.magnitude
        let (seconds, overflow) = count.multipliedReportingOverflow(by: step.components.seconds.magnitude)
        let time = overflow ? "" : " (\(telling(seconds: seconds)))"
        return "\(count) \(count == 1 ? "step" : "steps")\(time) \(steps > 0 ? "fast" : "slow")"
    }

    private static func telling(seconds: UInt64) -> String {
        let (minutes, rest) = seconds.quotientAndRemainder(dividingBy: 60)
        guard minutes > 0 else { return "\(rest) s" }
        return rest == 0 ? "\(minutes) min" : "\(minutes) min \(rest) s"
    }
}

extension Enrolments.Resynchronised {
    /// What a person reads.
    var telling: String {
        switch self {
        case .clock(let ahead, let step): ClockDrift.telling(ahead, of: step)
        case .counter(let skipped): "\(skipped) \(skipped == 1 ? "code" : "codes") skipped"
        }
    }
}
