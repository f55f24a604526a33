import Emulation
import Foundation
import ISO7816
import Testing

/// The cards that are pulled out of their readers, and how they speak.
enum PulledCard: String, CaseIterable, CustomTestStringConvertible {
    case pivRSA, pivRSAExtended, pivRSAT0, pivEC, osEIDRSA, osEIDEC, osEIDT0, iasClassicT0, iasClassicT1, classicV3

    /// How many wrong PINs block it.
    static let tries = 3
    static let puk = "12345678"
    private static let authority = Result { try TestAuthority(now: Date()) }

    var testDescription: String { rawValue }

    /// Whether the reader lets commands of extended length pass.
    var passesExtendedLength: Bool { self == .pivRSAExtended }

    /// Whether it tells of a PUK: the emulated PKCS#15 files name none.
    var hasPUK: Bool { self == .pivRSA || self == .pivRSAExtended || self == .pivRSAT0 || self == .pivEC }

    var flows: [PulledFlow] { PulledFlow.allCases.filter { $0 != .unblock || hasPUK } }

    /// A new card; its keys take a while.
    func make(pin: String) throws -> VirtualCard {
        let authority = try Self.authority.get()
        switch self {
        case .pivRSA, .pivRSAExtended: return try piv(.rsa2048, .t1, pin)
        case .pivRSAT0: return try piv(.rsa2048, .t0, pin)
        case .pivEC: return try piv(.p256, .t1, pin)
        case .osEIDRSA: return try osEID(.rsa2048, .t1, pin)
        case .osEIDEC: return try osEID(.p256, .t1, pin)
        case .osEIDT0: return try osEID(.rsa2048, .t0, pin)
        case .iasClassicT0, .iasClassicT1, .classicV3:
            return try VirtualCard.iasClassic(
                self == .classicV3 ? .v3 : .v4, holder: "Test Holder", pin: pin, tries: UInt8(Self.tries), authority: authority,
                now: Date(),
                transmission: self == .iasClassicT1 ? .t1 : .t0)
        }
    }

    private func piv(_ keys: CardKeyKind, _ transmission: CardTransmission, _ pin: String) throws -> VirtualCard {
        try VirtualCard.piv(
            holder: "Test Holder", keys: keys, pin: pin, puk: Self.puk, tries: UInt8(Self.tries), authority: Self.authority.get(),
            now: Date(),
            transmission: transmission)
    }

    private func osEID(_ keys: CardKeyKind, _ transmission: CardTransmission, _ pin: String) throws -> VirtualCard {
        try VirtualCard.pkcs15(
            holder: "Test Holder", keys: keys, pin: pin, tries: UInt8(Self.tries), authority: Self.authority.get(), now: Date(),
            transmission: transmission)
    }
}

/// Everything that a person does with a card.
enum PulledFlow: String, CaseIterable {
    /// Opened and read, all of it.
    case open
    /// A document that the card was never seen for.
    case document
    /// The document after that.
    case anotherDocument
    case login, payment
    case check, wrongPIN, change, unblock

    /// Whether the new PIN is typed, too.
    var setsPIN: Bool { self == .change || self == .unblock }
}
