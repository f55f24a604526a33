/// The kinds of key of PIV, by the identifiers that GENERAL AUTHENTICATE takes in P1; NIST SP 800-78-5, table 9.
enum PIVAlgorithm: UInt8 {
    case rsa2048 = 0x07
    case rsa3072 = 0x05
    case p256 = 0x11
    case p384 = 0x14
    /// Yubico's own: in no version of the standard.
    case vendorRSA4096 = 0x16
    /// Yubico's own; signs whole messages.
    case vendorEd25519 = 0xE0
    /// Yubico's own; agrees on keys only.
    case vendorX25519 = 0xE1

    /// The identifier for keys of this kind; `nil` where nobody has given one, or it is withdrawn (RSA 1024).
    init?(_ algorithm: CardKey.Algorithm) {
        switch algorithm {
        case .rsa(bits: 2048): self = .rsa2048
        case .rsa(bits: 3072): self = .rsa3072
        case .rsa(bits: 4096): self = .vendorRSA4096
        case .rsa: return nil
        case .p256: self = .p256
        case .p384: self = .p384
        case .ed25519: self = .vendorEd25519
        case .x25519: self = .vendorX25519
        }
    }

    /// Whether the standard does not know it, and only cards of some makers have it.
    var isVendorExtension: Bool {
        switch self {
        case .rsa2048, .rsa3072, .p256, .p384: false
        case .vendorRSA4096, .vendorEd25519, .vendorX25519: true
        }
    }
}
