import Crypto

extension Curve25519.KeyAgreement.PublicKey {
    /// Whether every agreement with this key gives zeros, so that its outcome is no secret.
    ///
    /// RFC 9180, 7.1.4 wants such keys refused, and the library does not do so. A private key is a multiple of the cofactor
    /// (RFC 7748, 5), so any one tells.
    var isOfSmallOrder: Bool {
        guard let secret = try? Curve25519.KeyAgreement.PrivateKey().sharedSecretFromKeyAgreement(with: self) else { return true }
        return unsafe secret.withUnsafeBytes { unsafe $0.allSatisfy { $0 == 0 } }
    }
}
