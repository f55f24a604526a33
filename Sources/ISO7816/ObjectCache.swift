/// Public objects that were read off cards before, certificates above all, by how they begin.
///
/// The first bytes that a card gives of a certificate hold its serial number and its issuer, which no other certificate has
/// and a renewed one does not keep: they are card, object and change marker in one, and cost a single command. Whoever finds
/// the rest here spares the card's time; what is found is used only when it begins exactly as the card says.
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
    /// Enough for the serial number (at most 20 bytes; RFC 5280, 4.1.2.2) with all that stands before it on any card.
    public static let length = 128
}
