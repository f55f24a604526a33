import CardProfiles
import ISO7816

/// A kind of application that Tessera drives: the families that have it, and how it is opened.
struct ApplicationKind: Sendable {
    /// An application that a card says it has selected, and what is wanted of it.
    struct Selected: Sendable {
        /// The family whose application identifier the card took.
        let profile: CardProfile
        /// The data of the card's answer to SELECT.
        let answer: [UInt8]
        /// The card.
        let channel: any CardChannel
        /// What keys are wanted for.
        let roles: Set<CardKey.Role>
        /// How long commands and answers may be.
        let limits: LengthLimits
        /// How long opening may take.
        let budget: TimeBudget
        /// Whether keys may be taken to be where their family has them (``CardProfiles/KeyPlace``).
        let believesPlaces: Bool

        /// Whether more is wanted than signing takes: all keys, all PINs, what the card says of itself.
        var wantsEverything: Bool { roles == Set(CardKey.Role.allCases) }
    }

    /// The families of this kind, of ``CardProfile/all``.
    let profiles: [CardProfile]
    /// Reads the keys of what is selected; `nil` when it turns out to be something else, and the next family is asked.
    let open: @Sendable (Selected) async throws(CardError) -> (any CardApplication)?

    /// A kind.
    init(_ profiles: [CardProfile], open: @escaping @Sendable (Selected) async throws(CardError) -> (any CardApplication)?) {
        self.profiles = profiles
        self.open = open
    }
}
