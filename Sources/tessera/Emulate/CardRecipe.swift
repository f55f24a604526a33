import ArgumentParser
import Emulation
import Foundation

/// Whose ways a PKCS#15 card has.
enum PKCS15Style: String, CaseIterable, ExpressibleByArgument {
    /// OsEID's, which OpenSC knows by its ATR.
    case oseid
    /// Those of the standards alone, with an ATR that no driver knows.
    case iso
}

/// What a new card is to be.
struct CardRecipe {
    let application: EmulatedApplication
    /// Whether the person chose the application; then a file must have it, too.
    let isChosen: Bool
    var keys = CardKeyKind.rsa2048
    /// The same as options, beside those that every kind of card has.
    var described = NewCardOptions()
    /// What a PIV card is besides.
    var piv = PIVOptions()
    /// Whose ways a PKCS#15 card has.
    var style = PKCS15Style.oseid
    /// Which identity card it is.
    var identityCard = EIDModel.year2014

    /// Makes the keys and the certificates, as `options` want it.
    func card(_ options: EmulationOptions, authority: TestAuthority, now: Date) throws -> VirtualCard {
        // QEMU's reader knows T=0 only.
        try card(
            holder: options.holder, transmission: options.vscard == nil ? options.transport : .t0,
            extendedLength: !options.refusesExtended, authority: authority, now: now)
    }

    /// Makes the keys and the certificates.
    ///
    /// - Parameter transmission: `nil` for the protocol that such cards speak.
    func card(
        holder: String, transmission: CardTransmission? = nil, extendedLength: Bool = true, authority: TestAuthority, now: Date
    ) throws -> VirtualCard {
        switch application {
        case .piv:
            return try .piv(
                holder: holder, keys: keys, authority: authority, now: now, transmission: transmission ?? .t1,
                extendedLength: extendedLength, options: piv)
        case .pkcs15 where style == .iso:
            return try .isoPKCS15(
                holder: holder, keys: keys, authority: authority, now: now, transmission: transmission ?? .t1,
                extendedLength: extendedLength)
        case .pkcs15:
            return try .pkcs15(
                holder: holder, keys: keys, authority: authority, now: now, transmission: transmission ?? .t1,
                extendedLength: extendedLength)
        case .iasClassic, .classicV3:
            return try .iasClassic(
                application == .iasClassic ? .v4 : .v3, holder: holder, authority: authority, now: now,
                transmission: transmission ?? .t0, extendedLength: extendedLength)
        case .identityCard:
            return try .eID(identityCard, holder: holder, authority: authority, now: now, extendedLength: extendedLength)
        }
    }
}
