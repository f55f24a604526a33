public import CardProfiles

/// What a card says of itself without a PIN, beyond its keys.
public struct CardIdentity: Hashable, Sendable {
    /// The family that SELECT confirmed, with what is known of it and how surely.
    public let profile: CardProfile
    /// The card's own number, as bytes; `nil` where it has none or reading it was not worth a command.
    public let serialNumber: [UInt8]?
    /// What the card calls itself: PKCS#15's token label.
    public let label: String?
    /// Who made it, as the card says.
    public let manufacturer: String?

    /// What is known of a card.
    public init(profile: CardProfile, serialNumber: [UInt8]? = nil, label: String? = nil, manufacturer: String? = nil) {
        self.profile = profile
        self.serialNumber = serialNumber
        self.label = label
        self.manufacturer = manufacturer
    }
}
