extension CardKeyKind {
    /// The identifier in P1 of GENERAL AUTHENTICATE; SP 800-78-5, table 9.
    var pivAlgorithm: UInt8 {
        switch self {
        case .rsa2048: 0x07
        case .rsa3072: 0x05
        case .p256: 0x11
        case .p384: 0x14
        // A vendor extension: Yubico's own, in no version of the standard.
        case .rsa4096: 0x16
        }
    }

    /// The kind with this identifier; `nil` for what an emulated card does not have.
    init?(pivAlgorithm: UInt8) {
        guard let kind = Self.allCases.first(where: { $0.pivAlgorithm == pivAlgorithm }) else { return nil }
        self = kind
    }
}
