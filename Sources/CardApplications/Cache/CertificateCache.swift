/// Certificates that were read off cards before, by how they begin.
///
/// The first bytes that a card gives of a certificate hold its serial number and its issuer, which no other certificate has
/// and a renewed one does not keep: they are card, object and change marker in one, and cost a single command. Whoever finds
/// the rest here spares the card's time; what is found is used only when it begins exactly as the card says.
public protocol CertificateCache: Sendable {
    /// The whole object of which a card gave the `beginning`; `nil` when it is not known.
    ///
    /// - Parameter beginning: at least ``CertificateMark/length`` bytes.
    func object(beginning: [UInt8]) -> [UInt8]?

    /// Remembers an object, as the card gave it.
    func keep(_ object: [UInt8])

    /// Forgets an object that turned out to be wrong.
    func drop(beginning: [UInt8])
}

/// How many bytes tell a certificate from all others.
public enum CertificateMark {
    /// Enough for the serial number (at most 20 bytes; RFC 5280, 4.1.2.2) with all that stands before it on any card.
    public static let length = 128
}

/// Remembers nothing.
public struct NoCertificateCache: CertificateCache {
    /// An empty memory that stays so.
    public init() {}
    /// Nothing is known.
    public func object(beginning: [UInt8]) -> [UInt8]? { nil }
    /// Nothing is kept.
    public func keep(_ object: [UInt8]) {}
    /// There is nothing to forget.
    public func drop(beginning: [UInt8]) {}
}
