/// Public objects that were read off cards before, certificates above all, by how they begin.
///
/// The first bytes that a card gives of a certificate hold its serial number and at least the beginning of its issuer. It is
/// assumed that no two certificates agree in all bytes that a card gives first: serial numbers are unique for each issuer (RFC
/// 5280, 4.1.2.2), so only issuers whose long names begin alike and who number alike could break that, and self-issued
/// certificates above all. Then a card would show another card's certificate, and its signature would not fit it. Whoever
/// finds the rest here spares the card's time; what is found is used only when it begins exactly as all that the card gave.
public protocol ObjectCache: Sendable {
    /// The whole object of which a card gave the `beginning`; `nil` when it is not known.
    ///
    /// - Parameter beginning: at least ``ObjectMark/length`` bytes.
    func object(beginning: [UInt8]) -> [UInt8]?

    /// Remembers an object, as the card gave it.
    func keep(_ object: [UInt8])

    /// Forgets everything, because something of it turned out to be wrong.
    func forgetAll()
}

/// How many bytes tell a certificate from all others.
public enum ObjectMark {
    /// Enough for what stands before it on any card (8 bytes in PIV), the serial number (at most 20 bytes; RFC 5280, 4.1.2.2), and
    /// most issuers; less than the 256 bytes that a card gives at first.
    public static let length = 200
}
