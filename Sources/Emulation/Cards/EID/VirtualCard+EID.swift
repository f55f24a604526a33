internal import CardProfiles
public import Foundation

extension VirtualCard {
    /// A twin of the Luxembourg identity card, as it is to whoever has not opened it with PACE: its application can be selected,
    /// and everything else answers `6982`.
    ///
    /// PACE itself (ICAO Doc 9303-11, 4.4), and EF.CardAccess that announces it, are not there yet. Behind the closed door are the
    /// files of IAS Classic, which is inferred; a test authority issued the certificates.
    ///
    /// - Parameters:
    ///   - model: whose Answer-to-Reset it has.
    ///   - holder: the name in the certificates, 1 to 64 characters.
    ///   - pin: 4 to 12 digits.
    ///   - puk: 4 to 12 digits.
    ///   - tries: how many wrong PINs or PUKs in a row block them, 1 to 15.
    ///   - authority: who issues the certificates.
    ///   - now: the moment of issue; certificates last three years from then.
    ///   - identifier: its first ten bytes are the card's number.
    ///   - extendedLength: whether it takes Lc and Le of two bytes.
    ///   - randomness: where the card's challenges come from; keys come from libcrypto.
    /// - Throws: ``PersonalisationError``.
    public static func eID(
        _ model: EIDModel = .year2014, holder: String, pin: String = "123456", puk: String = "12345678", tries: UInt8 = 5,
        authority: TestAuthority, now: Date, identifier: UUID = UUID(), extendedLength: Bool = true,
        randomness: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) throws(PersonalisationError) -> VirtualCard {
        let layout = PKCS15Layout.closed
        let fresh = try FreshPIN(pin, puk: puk, for: layout, tries: tries)
        let content = try PKCS15Content(layout, holder: holder, keys: .rsa2048, authority: authority, now: now, identifier: identifier)
        return try eID(model, content, pin: fresh, extendedLength: extendedLength, randomness: randomness)
    }

    /// A card around `content`.
    static func eID(
        _ model: EIDModel, _ content: PKCS15Content, pin: FreshPIN, extendedLength: Bool = true,
        randomness: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) throws(PersonalisationError) -> VirtualCard {
        try files(content.image(pin), atr: model.atr, extendedLength: extendedLength, randomness: randomness)
    }
}

extension PKCS15Layout {
    /// The files of IAS Classic behind a door that PACE would open.
    static var closed: PKCS15Layout { PKCS15Layout(.iasClassic, style: .closed) }
}
