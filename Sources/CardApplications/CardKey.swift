/// A private key on a card, as far as the card tells without a PIN.
public struct CardKey: Hashable, Sendable, Identifiable {
    /// What a key is there for.
    public enum Role: Hashable, Sendable, CaseIterable {
        /// Proves who holds the card: logins.
        case authentication
        /// Signs what its holder agreed to: approvals.
        case signature
        /// Opens what was encrypted for its holder.
        case decryption
        /// Proves that the card is genuine, without anybody's consent.
        case cardAuthentication
        /// The card does not say.
        case other
    }

    /// The kinds of key that cards hold.
    public enum Algorithm: Hashable, Sendable {
        /// RSA with a modulus of this many bits.
        case rsa(bits: Int)
        /// The curve P-256 (secp256r1).
        case p256
        /// The curve P-384 (secp384r1).
        case p384
        /// Ed25519, which signs whole messages rather than digests; RFC 8032, 5.1.
        case ed25519
        /// X25519, which agrees on keys and signs nothing; RFC 7748.
        case x25519
    }

    /// How the application names it: PIV's key reference (one byte), or the identifier in PKCS#15's PrKDF.
    public let id: [UInt8]
    /// What a person reads: "PIV Authentication (9A)", or the label on the card.
    public let label: String
    /// What it is there for.
    public let role: Role
    /// Its kind, taken from its certificate.
    public let algorithm: Algorithm
    /// Its X.509 certificate in DER, exactly as the card holds it.
    public let certificate: [UInt8]
    /// Whether a PIN has to be verified before it works.
    public let needsPIN: Bool
    /// Whether one verified PIN is worth one signature only.
    public let needsPINForEachSignature: Bool

    /// A key.
    public init(
        id: [UInt8], label: String, role: Role, algorithm: Algorithm, certificate: [UInt8], needsPIN: Bool = true,
        needsPINForEachSignature: Bool = false
    ) {
        self.id = id
        self.label = label
        self.role = role
        self.algorithm = algorithm
        self.certificate = certificate
        self.needsPIN = needsPIN
        self.needsPINForEachSignature = needsPINForEachSignature
    }
}

extension CardKey.Algorithm: CustomStringConvertible {
    /// As people write it: "RSA 2048", "EC P-256".
    public var description: String {
        switch self {
        case .rsa(let bits): "RSA \(bits)"
        case .p256: "EC P-256"
        case .p384: "EC P-384"
        case .ed25519: "Ed25519"
        case .x25519: "X25519"
        }
    }
}
