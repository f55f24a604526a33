import ArgumentParser
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
    func takes(_ keys: CardKeyKind) -> Bool {
        switch self {
        case .piv: true
        case .pkcs15: keys != .rsa4096
        case .iasClassic, .classicV3: keys == .rsa2048
        }
    }

    /// Makes a card.
    ///
    /// - Parameters:
    ///   - transmission: `nil` for the protocol that such cards speak.
    ///   - options: for a PIV card.
    func card(
        holder: String, keys: CardKeyKind, transmission: CardTransmission?, extendedLength: Bool, options: PIVOptions = PIVOptions(),
        authority: TestAuthority, now: Date
    ) throws -> VirtualCard {
        switch self {
        case .piv:
            try .piv(
                holder: holder, keys: keys, authority: authority, now: now, transmission: transmission ?? .t1,
                extendedLength: extendedLength, options: options)
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
