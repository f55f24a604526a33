/// The three keys of an OpenPGP card, by the tags of their control reference templates; OpenPGP card 3.4.1, 7.2.14.
enum OpenPGPSlot: UInt8, CaseIterable {
    case signature = 0xB6
    case decryption = 0xB8
    case authentication = 0xA4

    /// The tag of its algorithm attributes; 4.4.3.9.
    var attributesTag: UInt32 {
        switch self {
        case .signature: 0xC1
        case .decryption: 0xC2
        case .authentication: 0xC3
        }
    }

    /// Its place among the fingerprints (tag `C5`), which have 20 bytes each; 4.4.1.
    var fingerprintRange: Range<Int> {
        switch self {
        case .signature: 0..<20
        case .decryption: 20..<40
        case .authentication: 40..<60
        }
    }

    /// Its place among the cardholder certificates, which stand in the opposite order; 7.2.5.
    var certificateOccurrence: UInt8 {
        switch self {
        case .authentication: 0
        case .decryption: 1
        case .signature: 2
        }
    }

    /// What people read.
    var label: String {
        switch self {
        case .signature: "OpenPGP Signature (SIG)"
        case .decryption: "OpenPGP Decryption (DEC)"
        case .authentication: "OpenPGP Authentication (AUT)"
        }
    }

    /// What the key is there for.
    var role: CardKey.Role {
        switch self {
        case .signature: .signature
        case .decryption: .decryption
        case .authentication: .authentication
        }
    }
}
