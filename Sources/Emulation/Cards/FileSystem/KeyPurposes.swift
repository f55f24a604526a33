/// What a private key may be used for: the control reference templates that can name it; ISO/IEC 7816-4, table 55.
///
/// The raw value is how the card's memory has it.
struct KeyPurposes: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    /// INTERNAL AUTHENTICATE, under a template for authentication (AT).
    static let authentication = KeyPurposes(rawValue: 0x01)
    /// COMPUTE DIGITAL SIGNATURE, under a template for digital signature (DST).
    static let signature = KeyPurposes(rawValue: 0x02)
    /// DECIPHER, under a template for confidentiality (CT).
    static let confidentiality = KeyPurposes(rawValue: 0x04)
    /// Everything.
    static let all: KeyPurposes = [.authentication, .signature, .confidentiality]

    /// Whether a template for `purpose` can name the key.
    func allow(_ purpose: SecurityEnvironment.Purpose) -> Bool {
        switch purpose {
        case .authentication: contains(.authentication)
        case .signature: contains(.signature)
        case .confidentiality: contains(.confidentiality)
        }
    }
}
