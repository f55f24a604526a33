/// How a signature over what an answer covers was made; the text is its name for people.
public enum SignatureScheme: String, Hashable, Sendable, CaseIterable {
    /// RSA; RFC 8017, 8.2.
    case rsaPKCS1SHA256 = "RSASSA-PKCS1-v1_5 with SHA-256"
    /// RSA with a salt of any length; RFC 8017, 8.1.
    case rsaPSSSHA256 = "RSASSA-PSS with SHA-256"
    /// The same with a longer hash.
    case rsaPSSSHA384 = "RSASSA-PSS with SHA-384"
    /// The same with the longest hash.
    case rsaPSSSHA512 = "RSASSA-PSS with SHA-512"
    /// ECDSA, in DER; FIPS 186-5, and RFC 3279, 2.2.3.
    case ecdsaP256SHA256 = "ECDSA P-256 with SHA-256"
    /// The same with the longer curve.
    case ecdsaP384SHA384 = "ECDSA P-384 with SHA-384"
    /// A phone's: what Ed25519 (RFC 8032) signs is itself the SHA-256 of what is covered.
    case ed25519OverSHA256 = "Ed25519 over the SHA-256"
}
