public import CardProfiles

/// The Luxembourg identity cards that an emulated card can be a twin of, by their Answers-to-Reset.
public enum EIDModel: String, CaseIterable, Hashable, Sendable {
    /// The card of 2014, with the application of IAS Classic.
    case year2014 = "2014"
    /// A newer one, as pcsc-tools lists it.
    case newer
    /// A newer one, as libelectronic-id knows it.
    case newest

    /// What is known of it, each fact with confidence and source.
    public static let profile = CardProfile.luxembourgEID

    /// The Answer-to-Reset, as a reader of contactless cards writes it.
    var atr: [UInt8] {
        let index = Self.allCases.firstIndex(of: self) ?? 0
        return Self.profile.candidates.indices.contains(index) ? Self.profile.candidates[index].pattern.value.bytes : []
    }
}
