public import ISO7816

/// Answer-to-Reset bytes with a mask: what several batches of one card have in common.
///
/// A match never identifies a card; it says which application to try first.
public struct ATRPattern: Hashable, Sendable {
    /// The bytes to compare with, as long as the ATR that they stand for.
    public let bytes: [UInt8]
    /// One byte for each of ``bytes``: a set bit is compared, a clear one is not.
    public let mask: [UInt8]

    /// A pattern; where `mask` is shorter than `bytes`, every bit of the rest is compared.
    public init(_ bytes: [UInt8], mask: [UInt8] = []) {
        self.bytes = bytes
        self.mask = Array((mask + bytes.dropFirst(mask.count).map { _ in 0xFF }).prefix(bytes.count))
    }

    /// Whether `atr` has this length and all compared bits.
    public func matches(_ atr: ATR) -> Bool {
        atr.bytes.count == bytes.count && zip(zip(atr.bytes, bytes), mask).allSatisfy { ($0.0 ^ $0.1) & $1 == 0 }
    }

    /// Whether `atr` has the historical bytes of these bytes: they are the card's own, while the others say how it speaks through this
    /// reader (ISO/IEC 7816-4, 12.1.1; PC/SC part 3, 3.1.3.2.3, for cards without contacts).
    ///
    /// At least eight of them: fewer are those of many cards.
    public func hasHistoricalBytes(of atr: ATR) -> Bool {
        guard let own = try? ATR(parsing: bytes).historicalBytes, own.count >= 8 else { return false }
        return own == atr.historicalBytes
    }
}

/// A card that is known to answer with an ATR; others may answer with the same.
public struct ATRCandidate: Hashable, Sendable {
    /// What the card is called.
    public let name: String
    /// The bytes that it was seen to answer with.
    public let pattern: Fact<ATRPattern>

    /// A candidate.
    public init(_ name: String, _ bytes: [UInt8], mask: [UInt8] = [], _ confidence: Confidence, source: String) {
        self.name = name
        pattern = Fact(ATRPattern(bytes, mask: mask), confidence, source: source)
    }

    /// The names of all cards in `candidates` that answer with `atr`, without repetition, in their order.
    public static func names(for atr: ATR, among candidates: [ATRCandidate] = all) -> [String] {
        var names: [String] = []
        for candidate in candidates where candidate.pattern.value.matches(atr) && !names.contains(candidate.name) {
            names.append(candidate.name)
        }
        return names
    }
}
