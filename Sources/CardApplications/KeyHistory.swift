/// The keys that a card had before its present ones, which decrypt what was encrypted then.
public struct KeyHistory: Hashable, Sendable {
    /// Those whose certificates are on the card.
    public let keys: [CardKey]
    /// How many more have their certificates elsewhere.
    public let elsewhere: Int
    /// The URL of those, as the card says it and nobody has looked at it; `nil` where it says nothing.
    public let place: String?

    /// A history; by default that of a card which has always had the same keys.
    public init(keys: [CardKey] = [], elsewhere: Int = 0, place: String? = nil) {
        self.keys = keys
        self.elsewhere = elsewhere
        self.place = place
    }
}
