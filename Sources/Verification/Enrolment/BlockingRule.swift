public import Foundation

/// When consecutive wrong answers block a person or a device: temporary first, for good only after the person was told.
///
/// RTS, Article 4(3)(b): at most five consecutive failures. How long a temporary block lasts and how many tries come after it, the
/// article leaves to the bank.
public struct BlockingRule: Hashable, Sendable {
    /// The most consecutive wrong answers that any rule allows before it blocks.
    public static let highestLimit = 5
    /// How many consecutive wrong answers block for the first time: at most 5.
    public let limit: Int
    /// How long the first block lasts, in seconds.
    public let duration: TimeInterval
    /// How many wrong answers after that block for good.
    public let triesAfterwards: Int

    /// A rule; a limit beyond five is five, and there is at least one try.
    public init(limit: Int = 5, duration: TimeInterval = 30 * 60, triesAfterwards: Int = 3) {
        self.limit = min(max(limit, 1), Self.highestLimit)
        self.duration = max(duration, 1)
        self.triesAfterwards = min(max(triesAfterwards, 1), 5)
    }

    /// What a wrong answer leads to.
    public enum Consequence: Hashable, Sendable {
        /// Nothing but the count.
        case counted
        /// A block until then, and how many wrong answers after it block for good.
        case blocked(until: Date, triesAfterwards: Int)
        /// A block without an end.
        case blockedForGood
    }

    /// What follows when this many were wrong, one after the other.
    ///
    /// - Parameter wasBlocked: whether they led to a block before the last of them. The count alone does not tell: under a rule that
    ///   was stricter or more lenient, the first block came with another one. Beyond five there was a block, under every rule.
    public func consequence(of failures: Int, wasBlocked: Bool, at now: Date) -> Consequence {
        let left = limit + triesAfterwards - failures
        guard wasBlocked || failures > Self.highestLimit else {
            return failures < limit ? .counted : .blocked(until: now.addingTimeInterval(duration), triesAfterwards: max(left, 1))
        }
        return left <= 0 ? .blockedForGood : .counted
    }

    /// The same rule with a limit that is no higher than this one.
    func limited(to limit: Int) -> BlockingRule {
        BlockingRule(limit: min(limit, self.limit), duration: duration, triesAfterwards: triesAfterwards)
    }
}
