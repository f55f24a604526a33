import ArgumentParser
import CardProfiles
import Emulation
import Foundation

/// What an emulated card can have on it.
enum EmulatedApplication: String, CaseIterable, ExpressibleByArgument {
    case piv
    case pkcs15
    case iasClassic = "ias-classic"
    case classicV3 = "classic-v3"

    /// As a sentence begins with it.
    var article: String {
        switch self {
        case .piv: "A PIV"
        case .pkcs15: "A PKCS#15"
        case .iasClassic: "An IAS Classic"
        case .classicV3: "A Classic V3"
        }
    }

    /// Whether such a card can have keys of this kind.
    func takes(_ keys: CardKeyKind, _ style: PKCS15Style) -> Bool {
        switch self {
        case .piv: true
        case .pkcs15: style == .iso || keys != .rsa4096
        case .iasClassic, .classicV3: keys == .rsa2048
        }
    }

    /// What is known of such cards; `nil` where the standard, or a card that was seen, says all of it.
    private var profile: CardProfile? {
        switch self {
        case .piv, .pkcs15: nil
        case .iasClassic: IASClassicFamily.v4.profile
        case .classicV3: IASClassicFamily.v3.profile
        }
    }

    /// What a person should know who takes the card for a real one: which of its ways are concluded, and from where.
    var caution: String? {
        guard let profile, profile.confidence == .inferred else { return nil }
        let sources = [
            profile.applicationID.inferredFrom, profile.pin?.inferredFrom, profile.signing?.inferredFrom, profile.structure?.inferredFrom,
        ].compactMap { $0 }
        let unique = sources.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        return "Inferred, never seen on a real card: its name, PIN, files and way of signing. From: \(unique.joined(separator: "; "))."
    }

    /// Makes a card.
    ///
    /// - Parameters:
    ///   - style: whose ways a PKCS#15 card has.
    ///   - transmission: `nil` for the protocol that such cards speak.
    ///   - options: for a PIV card.
    func card(
        style: PKCS15Style = .oseid, holder: String, keys: CardKeyKind, transmission: CardTransmission?, extendedLength: Bool,
        options: PIVOptions = PIVOptions(),
        authority: TestAuthority, now: Date
    ) throws -> VirtualCard {
        switch self {
        case .piv:
            try .piv(
                holder: holder, keys: keys, authority: authority, now: now, transmission: transmission ?? .t1,
                extendedLength: extendedLength, options: options)
        case .pkcs15 where style == .iso:
            try .isoPKCS15(
                holder: holder, keys: keys, authority: authority, now: now, transmission: transmission ?? .t1,
                extendedLength: extendedLength)
        case .pkcs15:
            try .pkcs15(
                holder: holder, keys: keys, authority: authority, now: now, transmission: transmission ?? .t1,
                extendedLength: extendedLength)
        case .iasClassic, .classicV3:
            try .iasClassic(
                self == .iasClassic ? .v4 : .v3, holder: holder, authority: authority, now: now, transmission: transmission ?? .t0,
                extendedLength: extendedLength)
        }
    }
}

/// Whose ways an emulated PKCS#15 card has.
enum PKCS15Style: String, CaseIterable, ExpressibleByArgument {
    /// OsEID's, which OpenSC knows by its ATR.
    case oseid
    /// Those of the standards alone, with an ATR that no driver knows.
    case iso
}

extension Fact {
    /// Its source, where it is inferred.
    fileprivate var inferredFrom: String? { confidence == .inferred ? source : nil }
}
