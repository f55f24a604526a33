import CardProfiles
import ISO7816

/// A PIN as AODF describes it; ISO/IEC 7816-15, 8.9.2 (`PasswordAttributes`).
struct PKCS15PIN {
    /// The bits of `PasswordFlags`, first bit highest.
    struct Flags: OptionSet {
        let rawValue: UInt16

        static let isCaseSensitive = Flags(rawValue: 0x8000)
        static let isLocal = Flags(rawValue: 0x4000)
        static let isNeverChanged = Flags(rawValue: 0x2000)
        static let isNeverUnblocked = Flags(rawValue: 0x1000)
        static let isInitialized = Flags(rawValue: 0x0800)
        static let needsPadding = Flags(rawValue: 0x0400)
        static let unblocks = Flags(rawValue: 0x0200)
        static let isAdministrators = Flags(rawValue: 0x0100)
        static let isIntegrityProtected = Flags(rawValue: 0x0040)
        static let isConfidentialityProtected = Flags(rawValue: 0x0020)
    }

    /// What ties it to the keys that it guards.
    let authenticationID: [UInt8]
    /// The PIN that guards this one: its PUK; `nil` where the card does not say.
    let guardianID: [UInt8]?
    /// What it may be, and how it travels.
    let rules: PINRules
    /// What the card says of it in one bit each.
    let flags: Flags
    /// Whether its characters travel as they are typed: ascii-numeric (1) and utf8 (2), but not bcd (0),
    /// half-nibble-bcd (3) and iso9564-1 (4), which pack digits.
    let isText: Bool
    /// Where it lies (`path`); `nil` where the card does not say, or in no way that can be read.
    let path: PKCS15Path?
    /// Whether it is local to another directory than the application's, where VERIFY would mean another PIN.
    let isElsewhere: Bool
    /// What people read.
    let label: String

    /// Whether it may travel under secure messaging alone, which Tessera does not speak: in the clear it would be given away.
    var needsSecureMessaging: Bool { !flags.isDisjoint(with: [.isIntegrityProtected, .isConfidentialityProtected]) }
    /// Whether it can be sent as it is typed.
    var isSendable: Bool { isText && !needsSecureMessaging }

    /// How long a PIN may be of which the card names no greatest length.
    private static let usualMaximum = 64

    /// Reads one entry.
    ///
    /// - Parameter directory: the application's, which a local PIN belongs to unless its path names another.
    init(parsing object: TLV, in directory: PKCS15Path) throws(TLVError) {
        let object = try PKCS15Object(parsing: object)
        label = object.label.isEmpty ? "the PIN" : object.label
        authenticationID = try object.classAttributes.required(0x04)
        guardianID = object.authenticationID
        // flags, type, minimum, stored length, [maximum], [0] reference, [padding byte], [last change], [path]
        let attributes = object.typeAttributes
        let bits = Array(try attributes.required(0x03).dropFirst())
        flags = Flags(rawValue: UInt16(bits.first ?? 0) << 8 | UInt16(bits.dropFirst().first ?? 0))
        var lengths: [Int] = []
        for attribute in attributes where attribute.tag == 0x02 { lengths.append(try PKCS15Object.number(attribute.value)) }
        guard lengths.count >= 2 else { throw .missing(0x02) }
        // The stored length says something where it is padded up to; elsewhere some cards have 0 there.
        let stored = lengths[1]
        let maximum = lengths.count > 2 ? lengths[2] : stored > 0 ? stored : max(lengths[0], Self.usualMaximum)
        let isPadded = flags.contains(.needsPadding)
        guard lengths[0] <= maximum, maximum <= 255, (isPadded ? 1...255 : 0...255).contains(stored) else { throw .malformed }
        let type = try PKCS15Object.number(try attributes.required(0x0A))
        isText = type == 1 || type == 2
        // Some cards name an application there; a PIN that is not local does not depend on it.
        let place = attributes.first { $0.tag == 0x30 }
        path = place.flatMap { try? PKCS15Path(parsing: $0, in: directory) }
        isElsewhere = flags.contains(.isLocal) && place != nil && path?.fileIdentifiers != directory.fileIdentifiers
        rules = PINRules(
            reference: try attributes.first(0x80).map { (value) throws(TLVError) in try PKCS15Object.reference(value) } ?? 0,
            lengths: lengths[0]...maximum,
            alphabet: type == 1 ? .digits : .any,
            padding: isPadded ? .init(byte: attributes.first(0x04)?.first ?? 0, length: stored) : nil)
    }

    /// What it is there for.
    var role: CardPIN.Role {
        if flags.contains(.unblocks) { return .unblocking }
        return flags.contains(.isAdministrators) ? .administrator : .user
    }

    /// The PIN as every application has it, with the PUK that `others` hold for it.
    ///
    /// The PUK is the unblocking PIN that guards this one; where none is named, the only unblocking PIN there is.
    func pin(among others: [PKCS15PIN]) -> CardPIN {
        let unblocking = others.filter { $0.flags.contains(.unblocks) && $0.isSendable && $0.authenticationID != authenticationID }
        let named = unblocking.first { $0.authenticationID == guardianID }
        let puk = named ?? (guardianID == nil && unblocking.count == 1 ? unblocking.first : nil)
        let canBeUnblocked = role == .user && !flags.contains(.isNeverUnblocked)
        return CardPIN(
            label: label, role: role, rules: rules, unblocking: canBeUnblocked ? puk?.rules : nil,
            isChangeable: !flags.contains(.isNeverChanged))
    }
}
