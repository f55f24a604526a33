/// The four key references of a PIV card that this emulation fills; SP 800-73-4 part 1, table 5.
enum PIVSlot: UInt8, CaseIterable, Sendable {
    /// `9A`: authenticates the person; wants the PIN once.
    case authentication = 0x9A
    /// `9C`: signs; wants the PIN immediately before every signature.
    case signature = 0x9C
    /// `9D`: decrypts, or agrees on keys; wants the PIN once.
    case keyManagement = 0x9D
    /// `9E`: authenticates the card; wants no PIN.
    case cardAuthentication = 0x9E

    /// The data object with this key's certificate.
    var certificateObject: UInt32 {
        switch self {
        case .authentication: 0x5FC105
        case .signature: 0x5FC10A
        case .keyManagement: 0x5FC10B
        case .cardAuthentication: 0x5FC101
        }
    }

    /// What its certificate is for.
    var usage: CertificateUsage {
        switch self {
        case .authentication: .authentication
        case .signature: .signature
        case .keyManagement: .keyManagement
        case .cardAuthentication: .cardAuthentication
        }
    }
}
