/// What a device answers.
public enum Response: Hashable, Sendable {
    /// Digits, read off a display or typed. What they *are*, the enrolment's product decides, never the sender.
    case code(String)
    /// A signature, and the certificates that the device holds for it, its own first, each in DER (RFC 5280).
    ///
    /// RSA is PKCS#1 v1.5 (RFC 8017, 8.2); ECDSA is an `ECDSA-Sig-Value` (RFC 3279, 2.2.3). The hash is SHA-384 with P-384,
    /// otherwise SHA-256.
    case signature([UInt8], certificates: [[UInt8]])
    /// The code that a phone would show and a signature by its own key, over the same hash: both must be right.
    case signedCode(String, signature: [UInt8])
}
