internal import ISO7816

/// What SELECT tells of a file; ISO/IEC 7816-4, 7.4.3, table 10.
struct FileControlInformation {
    /// How a card puts it.
    enum Form: Sendable {
        /// OsEID's objects in its order: size (`80` of a file's content, `81` of a directory), descriptor, identifier, access
        /// conditions (`86`, of MyEID's own kind), proprietary bytes, life cycle, and a directory's name.
        case myEID
        /// The standard's own objects: size, descriptor, identifier, name, short identifier, life cycle, and access conditions in
        /// the compact format (`8C`).
        case compact
        /// As the Uruguayan identity card was seen to put it (eIDuy/apdu-services, FCITemplate.java): size (`81`), descriptor,
        /// identifier, life cycle `05`, and access conditions for deleting, updating and reading; a directory begins with its identifier.
        case classic
    }

    let file: CardFile
    /// What the file holds: bytes, or the size of a key in bits; `nil` for a directory.
    let size: Int?
    /// How many records there are.
    let records: Int

    /// Life cycle: operational, activated.
    private static let operational = TLV(0x8A, [0x07])

    /// - Parameter template: `6F` for FCI, `62` for FCP.
    func encoded(_ form: Form, in template: UInt32) -> [UInt8] {
        let identifier = TLV(0x83, file.identifier.bigEndianBytes)
        var objects = [sizeObject, descriptor, identifier]
        switch form {
        case .classic:
            guard !file.isDirectory else {
                objects = [identifier] + (file.name.map { [TLV(0x84, $0)] } ?? []) + [TLV(0x8A, [0x05])]
                break
            }
            objects = [
                TLV(0x81, sizeObject.value), descriptor, identifier, TLV(0x8A, [0x05]),
                TLV(0x8C, [0x43, 0xE5, 0xE5, file.access.securityByte]),
            ]
        case .myEID:
            objects += [
                TLV(0x86, [file.access.nibble << 4 | file.update.nibble, 0xFF, 0xFF]), TLV(0x85, [0x00, 0x00]), Self.operational,
            ]
            if let name = file.name { objects.append(TLV(0x84, name)) }
        case .compact:
            if let name = file.name { objects.append(TLV(0x84, name)) }
            // Bits 8 to 4 of the short identifier's byte have it.
            if let identifier = file.shortIdentifier { objects.append(TLV(0x88, [identifier << 3])) }
            objects.append(Self.operational)
            // Access mode byte: update (bit 2) and read (bit 1), then a condition for each; table 32.
            if !file.isDirectory { objects.append(TLV(0x8C, [0x03, file.update.securityByte, file.access.securityByte])) }
        }
        return TLV(template, containing: objects).encoded
    }

    private var sizeObject: TLV {
        switch file.structure {
        case .directory: TLV(0x81, [0x7F, 0xFF])
        case .key: TLV(0x81, UInt16(clamping: size ?? 0).bigEndianBytes)
        case .transparent, .records: TLV(0x80, UInt16(clamping: size ?? 0).bigEndianBytes)
        }
    }

    /// The file descriptor, for records with data coding byte, length and number of records; table 12.
    private var descriptor: TLV {
        switch file.structure {
        case .directory: TLV(0x82, [0x38])
        case .transparent: TLV(0x82, [0x01])
        case .records(let structure):
            TLV(0x82, [structure.order.rawValue, 0x21] + UInt16(clamping: structure.length).bigEndianBytes + [UInt8(clamping: records)])
        case .key(let kind, _): TLV(0x82, [kind.curve == nil ? 0x11 : 0x22])
        }
    }
}
