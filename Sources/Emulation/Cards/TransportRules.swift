public import ISO7816

/// What a card's transport takes, besides whole commands in the short form; ISO/IEC 7816-3, 12.
public struct TransportRules: Hashable, Sendable {
    /// Whether the card speaks T=0 alone: a command brings data or asks for data, and answers are fetched.
    public let isT0: Bool
    /// Whether it takes Lc and Le of two bytes; never over T=0.
    ///
    /// Otherwise such a command is `6700`.
    public let takesExtendedLength: Bool

    /// T=1, and everything that it can bring.
    static let unrestricted = TransportRules(isT0: false, takesExtendedLength: true)

    private init(isT0: Bool, takesExtendedLength: Bool) {
        self.isT0 = isT0
        self.takesExtendedLength = takesExtendedLength
    }

    /// Rules of a card that offers the protocols of `atr`.
    public init(_ atr: ATR, extendedLength: Bool = true) {
        isT0 = atr.protocols == [0]
        takesExtendedLength = extendedLength && !isT0
    }
}
