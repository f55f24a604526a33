/// What a key with a certain label is there for, where its certificate does not say it.
public struct KeyLabel: Hashable, Sendable {
    /// What a key may be there for.
    public enum Purpose: Hashable, Sendable {
        /// Logins.
        case authentication
        /// Approvals.
        case signature
    }

    /// The label on the card.
    public let label: String
    /// What the key is there for.
    public let purpose: Purpose

    /// A label with its meaning.
    public init(_ label: String, _ purpose: Purpose) {
        self.label = label
        self.purpose = purpose
    }
}
