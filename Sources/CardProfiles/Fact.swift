/// How well something about a card is known.
public enum Confidence: String, Hashable, Sendable {
    /// The issuer, or the standard that the card claims, says so.
    case stated
    /// A public source that is named says so, or cards that others wrote were seen to do so.
    case published
    /// Concluded from sibling products, or seen on a sibling alone; never seen on the bank's own.
    case inferred
}

extension Confidence: Comparable {
    private var weight: Int {
        switch self {
        case .inferred: 0
        case .published: 1
        case .stated: 2
        }
    }

    /// What is inferred is known less well than what is published, and that less well than what is stated.
    public static func < (left: Confidence, right: Confidence) -> Bool { left.weight < right.weight }
}

/// Something known about a card family, with how well it is known and from where.
public struct Fact<Value: Hashable & Sendable>: Hashable, Sendable {
    /// What is known.
    public let value: Value
    /// How well.
    public let confidence: Confidence
    /// A standard with its clause, a document, or the cards that it was seen on.
    public let source: String

    /// A fact.
    public init(_ value: Value, _ confidence: Confidence, source: String) {
        self.value = value
        self.confidence = confidence
        self.source = source
    }
}
