import ISO7816

/// A place for an asymmetric key of PIV; NIST SP 800-73-4, part 1, table 4b, and part 2, table 3.
struct PIVSlot: Hashable {
    /// The key reference, in P2 of GENERAL AUTHENTICATE.
    let reference: UInt8

    private init(_ reference: UInt8) { self.reference = reference }

    static let authentication = PIVSlot(0x9A)
    static let signature = PIVSlot(0x9C)
    static let keyManagement = PIVSlot(0x9D)
    static let cardAuthentication = PIVSlot(0x9E)

    /// The four keys that are in use.
    static let current = [authentication, signature, keyManagement, cardAuthentication]
    /// The twenty key management keys of earlier certificates.
    static let retired = (UInt8(0x82)...0x95).map { PIVSlot($0) }

    /// The slot of a key that ``CardKey/id`` names; `nil` for a reference that PIV does not have.
    init?(id: [UInt8]) {
        guard let slot = (Self.current + Self.retired).first(where: { [$0.reference] == id }) else { return nil }
        self = slot
    }

    /// How many retired keys come before it; `nil` for a key in use.
    private var retiredIndex: UInt8? { (0x82...0x95).contains(reference) ? reference - 0x82 : nil }

    /// The tag of its certificate's data object.
    var certificateTag: [UInt8] {
        if let retiredIndex { return [0x5F, 0xC1, 0x0D + retiredIndex] }
        return switch self {
        case .authentication: [0x5F, 0xC1, 0x05]
        case .signature: [0x5F, 0xC1, 0x0A]
        case .keyManagement: [0x5F, 0xC1, 0x0B]
        default: [0x5F, 0xC1, 0x01]
        }
    }

    /// What people read.
    var label: String {
        if let retiredIndex { return "Retired Key Management \(retiredIndex + 1) (\([reference].hexadecimal))" }
        return switch self {
        case .authentication: "PIV Authentication (9A)"
        case .signature: "Digital Signature (9C)"
        case .keyManagement: "Key Management (9D)"
        default: "Card Authentication (9E)"
        }
    }

    /// What the key is there for.
    var role: CardKey.Role {
        switch self {
        case .authentication: .authentication
        case .signature: .signature
        case .cardAuthentication: .cardAuthentication
        default: .decryption
        }
    }

    /// The card authentication key works without a PIN.
    var needsPIN: Bool { self != .cardAuthentication }

    /// The signature key wants the PIN immediately before every use ("PIN Always").
    var needsPINForEachSignature: Bool { self == .signature }
}
