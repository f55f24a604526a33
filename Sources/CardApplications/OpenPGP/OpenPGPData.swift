import CardProfiles
import ISO7816

/// The application related data of an OpenPGP card (tag `6E`), as far as signing needs it; OpenPGP card 3.4.1, 4.4.1.
struct OpenPGPData {
    /// The first byte of the version in the AID: 3 for 3.4.
    let majorVersion: UInt8
    /// The manufacturer's number and the card's, which together name the card; 4.2.1.
    let serialNumber: [UInt8]
    /// Whether the card may want passwords hashed by the host: the first bit of the extended capabilities; 4.4.3.7.
    let mayDerivePasswords: Bool
    /// What there is to know of the passwords.
    let passwords: OpenPGPPasswordStatus
    private let attributes: [OpenPGPSlot: [UInt8]]
    private let fingerprints: [UInt8]

    /// Reads the answer to GET DATA.
    ///
    /// - Throws: ``TLVError``, also for an AID that is not OpenPGP's.
    init(parsing answer: [UInt8]) throws(TLVError) {
        var objects = try TLV.series(parsing: answer)
        if let template = objects.first, template.tag == 0x6E { objects = try template.children() }
        objects += try TLV.series(parsing: objects.first(0x73) ?? [])
        let identifier = try objects.required(0x4F)
        guard identifier.count == 16, identifier.starts(with: CardProfile.openPGP.applicationID.value) else { throw .missing(0x4F) }
        majorVersion = identifier[6]
        serialNumber = Array(identifier[8..<14])
        mayDerivePasswords = (objects.first(0xC0)?.first ?? 0) & 0x01 != 0
        passwords = try OpenPGPPasswordStatus(parsing: try objects.required(0xC4))
        var attributes: [OpenPGPSlot: [UInt8]] = [:]
        for slot in OpenPGPSlot.allCases { attributes[slot] = try objects.required(slot.attributesTag) }
        self.attributes = attributes
        fingerprints = objects.first(0xC5) ?? []
    }

    /// Whether a key was ever put there: its fingerprint is not all zero.
    func hasKey(in slot: OpenPGPSlot) -> Bool {
        fingerprints.enumerated().contains { slot.fingerprintRange ~= $0.offset && $0.element != 0 }
    }

    /// What kind of key the slot has.
    ///
    /// - Throws: ``CardError/Code/notSupported``, naming what it is.
    func algorithm(of slot: OpenPGPSlot) throws(CardError) -> CardKey.Algorithm {
        let value = attributes[slot] ?? []
        // The identifiers of RFC 4880 and its successors; behind an object identifier may stand one byte of import format.
        switch value.first {
        case 0x01 where value.count >= 3: return .rsa(bits: Int(value[1]) << 8 | Int(value[2]))
        case 0x12, 0x13:
            let curve = value.dropFirst()
            if curve.starts(with: [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]) { return .p256 }
            if curve.starts(with: [0x2B, 0x81, 0x04, 0x00, 0x22]) { return .p384 }
            throw CardError(.notSupported, slot.label, detail: "its curve \(Array(curve).hexadecimal) is neither P-256 nor P-384")
        case 0x16: throw CardError(.notSupported, slot.label, detail: "it is an EdDSA key")
        default: throw CardError(.notSupported, slot.label, detail: "its algorithm \(value.hexadecimal) is not known")
        }
    }
}

/// The password status bytes (tag `C4`); OpenPGP card 3.4.1, 4.4.1.
struct OpenPGPPasswordStatus {
    /// Whether one verified PW1 is worth several signatures.
    let isValidForSeveral: Bool
    /// The longest PW1, resetting code and PW3.
    let maximumLengths: [Int]
    /// Whether PW1 or PW3 travels as a PIN block of format 2 and not as it is typed.
    let usesPINBlocks: Bool
    /// The wrong tries left of PW1, the resetting code (0 where none is set) and PW3.
    let triesLeft: [Int]

    /// Reads the seven bytes.
    init(parsing bytes: [UInt8]) throws(TLVError) {
        guard bytes.count >= 7 else { throw .malformed }
        isValidForSeveral = bytes[0] != 0
        maximumLengths = bytes[1...3].map { Int($0 & 0x7F) }
        usesPINBlocks = (bytes[1] | bytes[3]) & 0x80 != 0
        triesLeft = bytes[4...6].map { Int($0) }
    }
}
