import ArgumentParser
import CardProfiles
import Emulation
import Foundation

/// What an emulated card can have on it.
enum EmulatedApplication: String, CaseIterable {
    case piv
    case pkcs15
    case iasClassic = "ias-classic"
    case classicV3 = "classic-v3"
    case identityCard = "eid"

    /// What has this model.
    init?(_ model: CardModel) {
        guard let found = Self.allCases.first(where: { $0.model == model }) else { return nil }
        self = found
    }

    /// What this is to the library.
    var model: CardModel {
        switch self {
        case .piv: .piv
        case .pkcs15: .pkcs15
        case .iasClassic: .luxTrustSmartcard
        case .classicV3: .luxTrustStick
        case .identityCard: .luxembourgEID
        }
    }

    /// As a sentence begins with it.
    var article: String {
        switch self {
        case .piv: "A PIV"
        case .pkcs15: "A PKCS#15"
        case .iasClassic: "An IAS Classic"
        case .classicV3: "A Classic V3"
        case .identityCard: "An identity"
        }
    }

    /// Whether such a card can have keys of this kind.
    func takes(_ keys: CardKeyKind, _ style: PKCS15Style) -> Bool {
        switch self {
        case .piv: true
        case .pkcs15: style == .iso || keys != .rsa4096
        case .iasClassic, .classicV3, .identityCard: keys == .rsa2048
        }
    }

    /// What is known of such cards; `nil` where the standard, or a card that was seen, says all of it.
    private var profile: CardProfile? {
        switch self {
        case .piv, .pkcs15: nil
        case .iasClassic: IASClassicFamily.v4.profile
        case .classicV3: IASClassicFamily.v3.profile
        case .identityCard: EIDModel.profile
        }
    }

    /// What a person should know who takes the card for a real one: which of its ways are concluded, and from where.
    var caution: String? {
        guard let profile, !profile.inferredFacts.isEmpty else { return nil }
        let sources = [
            profile.applicationID.inferredFrom, profile.pin?.inferredFrom, profile.signing?.inferredFrom, profile.structure?.inferredFrom,
        ].compactMap { $0 }.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        let facts = profile.inferredFacts.joined(separator: ", ")
        return "Inferred from sibling cards: \(facts). From: \(sources.joined(separator: "; "))."
    }
}

extension Fact {
    /// Its source, where it is inferred.
    fileprivate var inferredFrom: String? { confidence == .inferred ? source : nil }
}
