internal import X509

/// What a test certificate allows its key; RFC 5280, 4.2.1.3 and 4.2.1.12.
public enum CertificateUsage: String, CaseIterable, Hashable, Sendable {
    /// Logins: digitalSignature, client authentication.
    case authentication
    /// Approvals: nonRepudiation alone (contentCommitment), so that it cannot be used for a login.
    case signature
    /// Decryption and key agreement: keyEncipherment for RSA, keyAgreement for EC.
    case keyManagement
    /// The card without its holder: digitalSignature alone.
    case cardAuthentication

    /// The keyUsage bits.
    func keyUsage(isRSA: Bool) -> KeyUsage {
        switch self {
        case .authentication, .cardAuthentication: KeyUsage(digitalSignature: true)
        case .signature: KeyUsage(nonRepudiation: true)
        case .keyManagement: KeyUsage(keyEncipherment: isRSA, keyAgreement: !isRSA)
        }
    }

    /// The extended purposes; none is no restriction.
    var purposes: [ExtendedKeyUsage.Usage] { self == .authentication ? [.clientAuth] : [] }
}
