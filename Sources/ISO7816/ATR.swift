/// What a card says of itself after power-on: Answer-to-Reset; ISO/IEC 7816-3, 8.2.
///
/// It never identifies a card: cards of different countries share the same bytes. It narrows the candidates.
public struct ATR: Hashable, Sendable {
    /// All bytes, 2 to 33.
    public let bytes: [UInt8]
    /// The historical bytes, at most 15; ISO/IEC 7816-4, 12.1.1 says what they may tell.
    public let historicalBytes: [UInt8]
    /// The transmission protocols offered, in the card's order: `0` for T=0, `1` for T=1.
    ///
    /// Never empty.
    public let protocols: [UInt8]

    /// Reads the interface bytes and checks the checksum (TCK) where there must be one.
    ///
    /// - Throws: ``ATRError``.
    public init(parsing bytes: [UInt8]) throws(ATRError) {
        guard (2...33).contains(bytes.count) else { throw .wrongLength(bytes.count) }
        guard bytes[0] == 0x3B || bytes[0] == 0x3F else { throw .unknownConvention(bytes[0]) }
        var position = 2
        var indicator = bytes[1] >> 4
        var offered: [UInt8] = []
        var hasChecksum = false
        while indicator != 0 {
            position += (indicator & 0b0111).nonzeroBitCount
            guard indicator & 0b1000 != 0 else { break }
            guard position < bytes.count else { throw .truncated }
            let next = bytes[position]
            // TCK is absent exactly when T=0 alone is named; T=15 is no protocol, but it counts here.
            if next & 0x0F != 0 { hasChecksum = true }
            if next & 0x0F != 15, !offered.contains(next & 0x0F) { offered.append(next & 0x0F) }
            indicator = next >> 4
            position += 1
        }
        let end = position + Int(bytes[1] & 0x0F)
        guard end <= bytes.count else { throw .truncated }
        historicalBytes = Array(bytes[position..<end])
        if hasChecksum {
            guard bytes.count == end + 1 else { throw bytes.count <= end ? .truncated : .trailingBytes }
            guard bytes[1...].reduce(0, ^) == 0 else { throw .wrongChecksum }
        } else {
            // Some T=0 cards append a checksum that the standard does not want; it is let pass.
            guard bytes.count <= end + 1 else { throw .trailingBytes }
        }
        self.bytes = bytes
        protocols = offered.isEmpty ? [0] : offered
    }

    /// What the historical bytes announce of chaining and extended length; `nil` when they say nothing.
    ///
    /// The third software function byte of the card capabilities (compact-TLV `73`); ISO/IEC 7816-4, table 117.
    public var capabilities: CardCapabilities? {
        guard historicalBytes.first == 0x80 || historicalBytes.first == 0x00 else { return nil }
        var rest = historicalBytes.dropFirst()
        if historicalBytes.first == 0x00 { rest = rest.dropLast(3) }
        while let header = rest.popFirst() {
            let length = Int(header & 0x0F)
            guard length <= rest.count else { return nil }
            let value = Array(rest.prefix(length))
            rest = rest.dropFirst(length)
            if header >> 4 == 7, value.count == 3 {
                return CardCapabilities(
                    commandChaining: value[2] & 0x80 != 0, extendedLength: value[2] & 0x40 != 0, lengthsInFile: value[2] & 0x20 != 0)
            }
        }
        return nil
    }
}

extension ATR: CustomStringConvertible {
    /// Upper-case pairs with spaces, as card lists print them: `3B 80 80 01 01`.
    public var description: String { bytes.map { [$0].hexadecimal }.joined(separator: " ") }
}

/// What a card's historical bytes promise of its transport; ISO/IEC 7816-4, 12.1.1.9.
public struct CardCapabilities: Hashable, Sendable {
    /// The card takes a command in several parts.
    public let commandChaining: Bool
    /// The card takes Lc and Le of two bytes.
    public let extendedLength: Bool
    /// How long they may be stands in EF.ATR/INFO (`2F01`).
    public let lengthsInFile: Bool

    /// Capabilities as a card announces them.
    public init(commandChaining: Bool, extendedLength: Bool, lengthsInFile: Bool = false) {
        self.commandChaining = commandChaining
        self.extendedLength = extendedLength
        self.lengthsInFile = lengthsInFile
    }
}

/// Why bytes are no Answer-to-Reset.
public enum ATRError: Error, Hashable, Sendable {
    /// Fewer than 2 or more than 33 bytes.
    case wrongLength(Int)
    /// The first byte (TS) is neither `3B` nor `3F`.
    case unknownConvention(UInt8)
    /// It ends before what it announces.
    case truncated
    /// It goes on behind what it announces.
    case trailingBytes
    /// TCK does not make the exclusive-or of all bytes from T0 zero.
    case wrongChecksum
}
