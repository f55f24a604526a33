public import Foundation

/// When consecutive wrong answers block a person or a device: temporary first, for good only after the person was told.
///
/// RTS, Article 4(3)(b): at most five consecutive failures. How long a temporary block lasts and how many tries come after it, the
/// article leaves to the bank.
public struct BlockingRule: Hashable, Sendable {
    /// How many consecutive wrong answers block for the first time: at most 5.
    public let limit: Int
    /// How long the first block lasts, in seconds.
    public let duration: TimeInterval
    /// How many wrong answers after that block for good.
    public let triesAfterwards: Int

    /// A rule; a limit beyond five is five, and there is at least one try.
    public init(limit: Int = 5, duration: TimeInterval = 30 * 60, triesAfterwards: Int = 3) {
        self.limit = min(max(limit, 1), 5)
        self.duration = max(duration, 1)
        self.triesAfterwards = min(max(triesAfterwards, 1), 5)
    }

    /// What a wrong answer leads to.
    public enum Consequence: Hashable, Sendable {
        /// Nothing but the count.
        case counted
        /// A block until then.
        case blocked(until: Date)
        /// A block without an end.
        case blockedForGood
    }

    /// What follows when this many were wrong, one after the other.
    public func consequence(of failures: Int, at now: Date) -> Consequence {
        if failures == limit { return .blocked(until: now.addingTimeInterval(duration)) }
        return failures - limit >= triesAfterwards ? .blockedForGood : .counted
    }

    /// The same rule with another limit.
    func limited(to limit: Int) -> BlockingRule {
        BlockingRule(limit: limit, duration: duration, triesAfterwards: triesAfterwards)
    }
}
