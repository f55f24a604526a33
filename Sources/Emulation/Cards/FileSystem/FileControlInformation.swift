internal import ISO7816

extension CardFile {
    /// What SELECT tells of a file; ISO/IEC 7816-4, 7.4.3, table 10.
    ///
    /// The objects and their order are OsEID's: size (`80` of a file's content, `81` of a directory), descriptor, identifier,
    /// access conditions, proprietary bytes, life cycle (`07`: operational), and a directory's name.
    ///
    /// - Parameter template: `6F` for FCI, `62` for FCP.
    func controlInformation(in template: UInt32 = 0x6F) -> [UInt8] {
        var objects: [TLV]
        switch content {
        case .directory: objects = [TLV(0x81, [0x7F, 0xFF]), TLV(0x82, [0x38])]
        case .transparent(let bytes): objects = [TLV(0x80, UInt16(clamping: bytes.count).bigEndianBytes), TLV(0x82, [0x01])]
        case .key(let key):
            let size = UInt16(clamping: key.kind.bits).bigEndianBytes
            objects = [TLV(0x81, size), TLV(0x82, [key.kind.curve == nil ? 0x11 : 0x22])]
        }
        objects += [
            TLV(0x83, identifier.bigEndianBytes), TLV(0x86, [access.nibble << 4 | 0x0F, 0xFF, 0xFF]), TLV(0x85, [0x00, 0x00]),
            TLV(0x8A, [0x07]),
        ]
        if let name { objects.append(TLV(0x84, name)) }
        return TLV(template, containing: objects).encoded
    }
}

extension CardFile.Access {
    /// MyEID's half byte for a condition: 0 for none, the number of a PIN, F for never.
    fileprivate var nibble: UInt8 {
        switch self {
        case .always: 0x0
        case .pin(let reference): min(reference & 0x0F, 0x0E)
        case .never: 0xF
        }
    }
}
