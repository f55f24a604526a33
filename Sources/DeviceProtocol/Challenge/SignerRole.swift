/// What one person signs as where several must: the rule that wants it, and their part in it.
public struct SignerRole: Hashable, Sendable {
    /// The most bytes of each text.
    public static let limit = 32
    /// The most signatures that a rule can want.
    public static let signatureLimit = 99

    /// The bank's name for the rule: "R-7".
    public let rule: DisplayText
    /// The part that this person has in it: "Director".
    public let role: DisplayText
    /// Which signature of them this is, from 1.
    public let number: Int
    /// How many the rule wants, 2 to 99.
    public let of: Int

    /// A role of checked parts.
    ///
    /// - Throws: ``ContentError/invalidRole(_:)`` unless it is signature 1 to n of n, with n from 2 to 99; other ``ContentError``s for text
    ///   that cannot be shown whole and plainly.
    public init(rule: String, role: String, number: Int, of count: Int) throws(ContentError) {
        guard (2...Self.signatureLimit).contains(count) else {
            throw .invalidRole("a rule wants 2 to \(Self.signatureLimit) signatures, not \(count)")
        }
        guard (1...count).contains(number) else { throw .invalidRole("there is no signature \(number) of \(count)") }
        self.rule = try DisplayText(rule, field: "rule", limit: Self.limit)
        self.role = try DisplayText(role, field: "role", limit: Self.limit)
        self.number = number
        of = count
    }
}
