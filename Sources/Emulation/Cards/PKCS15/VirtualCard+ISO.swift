public import Foundation
internal import ISO7816

extension VirtualCard {
    /// A PKCS#15 card that no driver knows: it does what ISO/IEC 7816-4, -8 and -15 say, and tells by itself how its keys sign.
    ///
    /// Two keys, authentication and signature, with certificates; a PIN that is local to the application (reference 81); EF.DIR
    /// in records. PIN and PUK are an emulated card's: test values, never a person's.
    ///
    /// - Parameters:
    ///   - holder: the name in the certificates, 1 to 64 characters.
    ///   - keys: the kind of both keys.
    ///   - pin: 4 to 12 digits.
    ///   - puk: 8 to 12 digits.
    ///   - tries: how many wrong PINs or PUKs in a row block them, 1 to 15.
    ///   - authority: who issues the certificates.
    ///   - now: the moment of issue; certificates last three years from then.
    ///   - identifier: its first ten bytes are the card's number.
    ///   - transmission: T=0 or T=1.
    ///   - extendedLength: whether it takes Lc and Le of two bytes, over T=1.
    ///   - randomness: where the card's challenges come from; keys come from libcrypto.
    /// - Throws: ``PersonalisationError``.
    public static func isoPKCS15(
        holder: String, keys: CardKeyKind = .rsa2048, pin: String = "123456", puk: String = "12345678", tries: UInt8 = 5,
        authority: TestAuthority, now: Date, identifier: UUID = UUID(), transmission: CardTransmission = .t1, extendedLength: Bool = true,
        randomness: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) throws(PersonalisationError) -> VirtualCard {
        let fresh = try FreshPIN(pin, puk: puk, for: .iso, tries: tries)
        let content = try PKCS15Content(.iso, holder: holder, keys: keys, authority: authority, now: now, identifier: identifier)
        return try isoPKCS15(content, pin: fresh, transmission: transmission, extendedLength: extendedLength, randomness: randomness)
    }

    /// A card around `content`.
    static func isoPKCS15(
        _ content: PKCS15Content, pin: FreshPIN, transmission: CardTransmission = .t1, extendedLength: Bool = true,
        randomness: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) throws(PersonalisationError) -> VirtualCard {
        let historical = isoHistoricalBytes(extendedLength: extendedLength && transmission == .t1)
        return try files(
            content.image(pin), atr: transmission.answerToReset(historicalBytes: historical), extendedLength: extendedLength,
            randomness: randomness)
    }

    /// Historical bytes that say what is true of this card; ISO/IEC 7816-4, 12.1.1.
    ///
    /// Card service data (compact-TLV `31`: applications are selected by full and by partial name; there is an EF.DIR, read by READ
    /// RECORD, and a master file); card capabilities (`73`: SELECT by full and partial name, path and identifier, short
    /// identifiers, record numbers and identifiers; data units of one byte; command chaining, extended length); and the
    /// issuer's data (`57`), which make the ATR this card's own.
    private static func isoHistoricalBytes(extendedLength: Bool) -> [UInt8] {
        [0x80, 0x31, 0xE0, 0x73, 0xF7, 0x21, extendedLength ? 0xC0 : 0x80, 0x57] + Array("Tessera".utf8)
    }
}
