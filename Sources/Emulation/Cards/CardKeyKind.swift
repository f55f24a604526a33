/// The kinds of key that an emulated card can hold.
public enum CardKeyKind: String, CaseIterable, Hashable, Sendable {
    /// RSA with a modulus of 2048 bits.
    case rsa2048
    /// RSA with a modulus of 3072 bits.
    case rsa3072
    /// RSA with a modulus of 4096 bits; a key takes seconds to make.
    case rsa4096
    /// Elliptic curve P-256 (secp256r1); FIPS 186-4, D.1.2.3.
    case p256
    /// Elliptic curve P-384 (secp384r1); FIPS 186-4, D.1.2.4.
    case p384

    /// The size of modulus or field, in bits.
    var bits: Int {
        switch self {
        case .rsa2048: 2048
        case .rsa3072: 3072
        case .rsa4096: 4096
        case .p256: 256
        case .p384: 384
        }
    }

    /// The curve's name as libcrypto spells it; `nil` for RSA.
    var curve: String? {
        switch self {
        case .rsa2048, .rsa3072, .rsa4096: nil
        case .p256: "P-256"
        case .p384: "P-384"
        }
    }
}
