public import Foundation

/// How many answers were wrong one after the other, and the block that they led to.
public struct WrongAnswers: Hashable, Sendable, Codable {
    /// How many.
    public internal(set) var count = 0
    /// When the block is over; also ``isBlockedForGood``.
    public internal(set) var blockedUntil: Date?
    /// Whether nothing but a person's or the bank's doing ends the block.
    public internal(set) var isBlockedForGood = false

    /// Whether they block at `now`.
    public func isBlocked(at now: Date) -> Bool { isBlockedForGood || blockedUntil.map { now < $0 } ?? false }

    /// Counts one more; what follows.
    mutating func countOne(by rule: BlockingRule, at now: Date) -> BlockingRule.Consequence {
        count += 1
        let consequence = rule.consequence(of: count, wasBlocked: blockedUntil != nil, at: now)
        switch consequence {
        case .counted: break
        case .blocked(let end, _): blockedUntil = end
        case .blockedForGood: isBlockedForGood = true
        }
        return consequence
    }
}
