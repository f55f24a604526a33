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
    /// When it was last written to, as the card says (`GeneralizedTime`); `nil` where it does not, or was not asked.
    public let lastUpdate: String?
    /// What the issuer of its certificates calls such cards; `nil` where no issuer of ``profile`` issued them.
    public let issuedName: String?

    /// What is known of a card.
    public init(
        profile: CardProfile, serialNumber: [UInt8]? = nil, label: String? = nil, manufacturer: String? = nil, lastUpdate: String? = nil,
        issuedName: String? = nil
    ) {
        self.profile = profile
        self.serialNumber = serialNumber
        self.label = label
        self.manufacturer = manufacturer
        self.lastUpdate = lastUpdate
        self.issuedName = issuedName
    }

    /// What to call the card in front of people: by its certificates' issuer, else by its family.
    ///
    /// Never by its ATR, which cards of several countries share.
    public var name: String { issuedName ?? "\(profile.family) card" }

    /// How well the least certain of what was used is known: with ``CardProfiles/Confidence/inferred``, say so.
    public var confidence: Confidence { profile.confidence }
}
