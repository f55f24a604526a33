public import Foundation
public import ISO7816

extension VirtualCard {
    /// A PIV card with four keys (9A, 9C, 9D, 9E) and their certificates, made on the spot.
    ///
    /// PIN and PUK are an emulated card's: test values, never a person's.
    ///
    /// - Parameters:
    ///   - holder: the name in the certificates, 1 to 64 characters.
    ///   - keys: the kind of all four keys; four keys of RSA 2048 take about half a second,
    ///     of RSA 4096 many seconds.
    ///   - pin: 6 to 8 digits.
    ///   - puk: 8 bytes in UTF-8.
    ///   - tries: how many wrong PINs or PUKs in a row block them, 1 to 15.
    ///   - authority: who issues the certificates.
    ///   - now: the moment of issue; certificates last three years from then.
    ///   - identifier: the card's number; clients show it as the serial number.
    ///   - atr: what the card says of itself; `nil` for one that announces PIV, chaining and (where it is true) extended length.
    ///   - transmission: T=0 or T=1, unless `atr` says it.
    ///   - extendedLength: whether it takes Lc and Le of two bytes, over T=1.
    ///   - options: what else it holds, and who may manage it.
    ///   - randomness: where the card's challenges come from; keys come from libcrypto.
    /// - Throws: ``PersonalisationError``.
    public static func piv(
        holder: String, keys: CardKeyKind = .rsa2048, pin: String = "123456", puk: String = "12345678", tries: UInt8 = 5,
        authority: TestAuthority, now: Date, identifier: UUID = UUID(), atr: ATR? = nil,
        transmission: CardTransmission = .t1, extendedLength: Bool = true, options: PIVOptions = PIVOptions(),
        randomness: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) throws(PersonalisationError) -> VirtualCard {
        guard let pin = FreshReference(Array(pin.utf8), format: PIVApplet.pinFormat, maximumTries: tries) else { throw .unsuitablePIN }
        guard let puk = FreshReference(Array(puk.utf8), format: PIVApplet.pukFormat, maximumTries: tries) else { throw .unsuitablePUK }
        let content = try PIVContent(
            holder: holder, keys: keys, authority: authority, now: now, identifier: identifier, options: options)
        return try piv(
            content, pin: pin, puk: puk, atr: atr, transmission: transmission, extendedLength: extendedLength, options: options,
            randomness: randomness)
    }

    /// A PIV card that begins with `content`.
    ///
    /// - Parameter options: who may manage it, and its extensions; the rest is in `content` already.
    static func piv(
        _ content: PIVContent, pin: FreshReference, puk: FreshReference, atr: ATR? = nil, transmission: CardTransmission = .t1,
        extendedLength: Bool = true, options: PIVOptions = PIVOptions(),
        randomness: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) throws(PersonalisationError) -> VirtualCard {
        let cells = content.cells(pin: pin, puk: puk, managementKey: options.managementKey, extensions: options.extensions)
        return try piv(
            memory: CardMemory(cells), atr: atr, transmission: transmission, extendedLength: extendedLength, randomness: randomness)
    }

    /// A PIV card whose memory has been written before.
    static func piv(
        memory: CardMemory, atr: ATR? = nil, transmission: CardTransmission = .t1, extendedLength: Bool = true,
        randomness: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) throws(PersonalisationError) -> VirtualCard {
        do throws(ATRError) {
            let historical = pivHistoricalBytes(extendedLength: extendedLength && transmission == .t1)
            let own = try ATR(parsing: transmission.answerToReset(historicalBytes: historical))
            let applet = PIVApplet(memory: memory, randomness: randomness)
            return VirtualCard(atr: atr ?? own, applets: [applet], extendedLength: extendedLength, memory: memory)
        } catch {
            throw .atr(error)
        }
    }

    /// Historical bytes that say what is true of this card; ISO/IEC 7816-4, 12.1.1.
    ///
    /// Card capabilities (compact-TLV `73`: SELECT by full and partial name, command chaining, extended length), and PIV as
    /// the application selected after power-on (`F9`, its AID cut short on the right). OpenSC 0.23 knows a card by the
    /// latter as PIV without known flaws; behind the bare `3B 80 80 01 01` it offers no EC mechanisms at all.
    private static func pivHistoricalBytes(extendedLength: Bool) -> [UInt8] {
        [0x80, 0x73, 0xC0, 0x21, extendedLength ? 0xC0 : 0x80, 0xF9] + PIVApplet.name.prefix(9)
    }
}
