internal import ISO7816

extension PIVApplet {
    /// The most bytes in an object: as many as a YubiKey takes; an RSA 4096 certificate has half of them.
    static let maximumObject = 3063
    /// Fingerprints, printed information, face, iris, pairing code: read with the PIN only; SP 800-73-4 part 1, table 2.
    private static let personalObjects: Set<UInt32> = [0x5FC103, 0x5FC109, 0x5FC108, 0x5FC121, 0x5FC123]

    /// GET DATA; SP 800-73-4 part 2, 3.1.2.
    ///
    /// What is read with the PIN only answers `6982` before it, even when it is absent.
    func getData(_ command: CommandAPDU) -> ResponseAPDU {
        guard command.p1 == 0x3F, command.p2 == 0xFF else { return .status(.wrongParameters) }
        guard let list = try? TLV(parsingFirstOf: command.data), list.tag == 0x5C, let tag = Self.tag(list.value) else {
            return .status(.wrongData)
        }
        if Self.personalObjects.contains(tag), !pin.isVerified { return .status(.securityStatusNotSatisfied) }
        guard let found = memory.bytes(PIVCells.object(tag)) else { return .status(.fileNotFound) }
        return .success(found)
    }

    /// PUT DATA: a tag and the object, or no content to delete it; SP 800-73-4 part 2, 3.3.1.
    ///
    /// The discovery object and the biometric templates come under their own tags, without another around them.
    func putData(_ command: CommandAPDU) -> StatusWord {
        guard manager.isOpen else { return .securityStatusNotSatisfied }
        guard command.p1 == 0x3F, command.p2 == 0xFF else { return .wrongParameters }
        guard let parts = try? TLV.series(parsing: command.data), let first = parts.first else { return .wrongData }
        let tag: UInt32
        let object: TLV
        switch (first.tag, parts.count) {
        case (0x7E, 1), (0x7F61, 1): (tag, object) = (first.tag, first)
        case (0x5C, 2):
            guard let named = Self.tag(first.value), parts[1].tag == 0x53 else { return .wrongData }
            (tag, object) = (named, parts[1])
            guard takes(tag) else { return .functionNotSupported }
        default: return .wrongData
        }
        guard object.value.count <= Self.maximumObject else { return .notEnoughMemory }
        return keep([PIVCells.object(tag): object.value.isEmpty ? nil : .bytes(object.encoded)])
    }

    /// The objects of the standard, and those that Yubico's tools keep beside them.
    private func takes(_ tag: UInt32) -> Bool {
        switch tag {
        case 0x5FC101...0x5FC123: true
        case 0x5FFF00...0x5FFF15: extensions == .yubico
        default: false
        }
    }

    /// The tag in a tag list (`5C`).
    private static func tag(_ bytes: [UInt8]) -> UInt32? {
        guard (1...3).contains(bytes.count) else { return nil }
        return bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
}
