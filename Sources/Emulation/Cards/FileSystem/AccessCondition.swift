/// Who may do something with a file or key.
enum AccessCondition: Hashable, Sendable {
    /// Everybody.
    case always
    /// Whoever gave the PIN with this reference.
    case pin(UInt8)
    /// Nobody.
    case never

    /// As the card's memory has it: `00`, `01` and the reference, `FF`.
    var encoded: [UInt8] {
        switch self {
        case .always: [0x00]
        case .pin(let reference): [0x01, reference]
        case .never: [0xFF]
        }
    }

    /// Reads what ``encoded`` wrote; `nil` for anything else.
    init?(_ bytes: [UInt8]) {
        switch (bytes.first, bytes.count) {
        case (0x00, 1): self = .always
        case (0x01, 2): self = .pin(bytes[1])
        case (0xFF, 1): self = .never
        default: return nil
        }
    }

    /// MyEID's half byte for it: 0 for none, the number of a PIN, F for never.
    var nibble: UInt8 {
        switch self {
        case .always: 0x0
        case .pin(let reference): min(reference & 0x0F, 0x0E)
        case .never: 0xF
        }
    }

    /// The security condition byte of the compact format, in security environment 1; ISO/IEC 7816-4, 9.3.3, table 38.
    var securityByte: UInt8 {
        switch self {
        case .always: 0x00
        case .pin: 0x11
        case .never: 0xFF
        }
    }
}
