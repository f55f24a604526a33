/// How a card with a file system wants to be told which key signs how: MANAGE SECURITY ENVIRONMENT.
///
/// ISO/IEC 7816-4, 11.5.11 defines the command and leaves the algorithm references (tag `80`) to each card.
public struct SigningDialect: Hashable, Sendable {
    /// How the control reference template names the key.
    public enum Addressing: Hashable, Sendable {
        /// The key has a file of its own: it is selected first, and the key reference (tag `84`) is always 00.
        case keyFile
        /// The keys have no files: tag `84` carries the number that the card's PrKDF gives.
        case keyReference
    }

    /// The algorithm reference of RSA with PKCS#1 v1.5 padding on the card, over a DigestInfo from the host.
    public let rsaPKCS1: UInt8?
    /// The algorithm reference of ECDSA over a digest from the host; `nil` where the card insists on hashing by itself.
    public let ecdsa: UInt8?
    /// How the key is named.
    public let addressing: Addressing

    /// A card's way of signing.
    public init(rsaPKCS1: UInt8?, ecdsa: UInt8?, addressing: Addressing) {
        self.rsaPKCS1 = rsaPKCS1
        self.ecdsa = ecdsa
        self.addressing = addressing
    }
}
