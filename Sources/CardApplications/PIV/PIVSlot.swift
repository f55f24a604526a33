/// The four asymmetric keys of PIV; NIST SP 800-73-4, part 1, table 4b, and part 2, table 3.
enum PIVSlot: UInt8, CaseIterable {
    case authentication = 0x9A
    case signature = 0x9C
    case keyManagement = 0x9D
    case cardAuthentication = 0x9E

    /// The tag of its certificate's data object.
    var certificateTag: [UInt8] {
        switch self {
        case .authentication: [0x5F, 0xC1, 0x05]
        case .signature: [0x5F, 0xC1, 0x0A]
        case .keyManagement: [0x5F, 0xC1, 0x0B]
        case .cardAuthentication: [0x5F, 0xC1, 0x01]
        }
    }

    /// What people read.
    var label: String {
        switch self {
        case .authentication: "PIV Authentication (9A)"
        case .signature: "Digital Signature (9C)"
        case .keyManagement: "Key Management (9D)"
        case .cardAuthentication: "Card Authentication (9E)"
        }
    }

    /// What the key is there for.
    var role: CardKey.Role {
        switch self {
        case .authentication: .authentication
        case .signature: .signature
        case .keyManagement: .decryption
        case .cardAuthentication: .cardAuthentication
        }
    }

    /// The card authentication key works without a PIN.
    var needsPIN: Bool { self != .cardAuthentication }

    /// The signature key wants the PIN immediately before every use ("PIN Always").
    var needsPINForEachSignature: Bool { self == .signature }
}
