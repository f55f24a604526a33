public import Foundation
internal import ISO7816

extension VirtualCard {
    /// A twin of a LuxTrust smartcard or signing stick: the IAS Classic or Classic V3 application, and PKCS#15 files in it.
    ///
    /// What the twin does rests on ``IASClassicFamily/profile``, whose facts say how well they are known. Its certificates come from a test authority, and their issuer decides
    /// what programs call the card. PIN and PUK are an emulated card's: test values, never a person's.
    ///
    /// - Parameters:
    ///   - family: current smartcard, or stick and older smartcard.
    ///   - holder: the name in the certificates, 1 to 64 characters.
    ///   - pin: 4 to 12 digits.
    ///   - puk: 4 to 12 digits.
    ///   - tries: how many wrong PINs or PUKs in a row block them, 1 to 15; 5 on the bank's cards.
    ///   - authority: who issues the certificates.
    ///   - now: the moment of issue; certificates last three years from then.
    ///   - identifier: its first ten bytes are the card's number.
    ///   - transmission: T=0, which the cards' own ATRs offer, or T=1.
    ///   - extendedLength: whether it takes Lc and Le of two bytes, over T=1.
    ///   - randomness: where the card's challenges come from; keys come from libcrypto.
    /// - Throws: ``PersonalisationError``.
    public static func iasClassic(
        _ family: IASClassicFamily, holder: String, pin: String = "123456", puk: String = "12345678", tries: UInt8 = 5,
        authority: TestAuthority, now: Date, identifier: UUID = UUID(), transmission: CardTransmission = .t0, extendedLength: Bool = true,
        randomness: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) throws(PersonalisationError) -> VirtualCard {
        let guarded = try FreshPIN(pin, puk: puk, for: family.layout, tries: tries)
        let content = try PKCS15Content(
            family.layout, holder: holder, keys: .rsa2048, authority: authority, now: now, identifier: identifier)
        return try iasClassic(
            family, content, pin: guarded, transmission: transmission, extendedLength: extendedLength, randomness: randomness)
    }

    /// A card around `content`.
    static func iasClassic(
        _ family: IASClassicFamily, _ content: PKCS15Content, pin: FreshPIN, transmission: CardTransmission = .t0,
        extendedLength: Bool = true,
        randomness: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) throws(PersonalisationError) -> VirtualCard {
        try files(
            content.image(pin), atr: transmission == .t1 ? family.atrT1 : family.atrT0, extendedLength: extendedLength,
            randomness: randomness)
    }
}
