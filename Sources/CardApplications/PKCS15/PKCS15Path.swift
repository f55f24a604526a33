import ISO7816

/// Where something lies on a card: a file, or a part of one; ISO/IEC 7816-15, 8.2.5 (`Path`).
struct PKCS15Path: Hashable {
    /// File identifiers of two bytes each, from the master file down, without the master file's own `3F00`.
    let fileIdentifiers: [UInt8]
    /// The first byte of the part.
    var offset = 0
    /// The number of bytes of the part; `nil` where it is the rest of the file.
    var length: Int?
    /// Whether it is one identifier that the card finds by itself: SELECT with P1 = 00 in place of 08.
    private(set) var isBare = false

    /// The file or directory itself.
    var identifier: [UInt8] { fileIdentifiers.suffix(2) }

    /// The whole file below the master file that `fileIdentifiers` names.
    init(_ fileIdentifiers: [UInt8]) { self.fileIdentifiers = fileIdentifiers }

    /// A file that SELECT finds by its identifier alone, from where the application's name has led.
    init(bare identifier: [UInt8]) {
        fileIdentifiers = identifier
        isBare = true
    }

    /// Reads a `Path`; one that does not begin at the master file is taken from `directory` on.
    ///
    /// - Throws: ``TLVError``, also for file identifiers that no path can have.
    init(parsing path: TLV, in directory: PKCS15Path) throws(TLVError) {
        guard path.tag == 0x30 else { throw .missing(0x30) }
        let parts = try path.children()
        try self.init(fileIdentifiers: try parts.required(0x04), in: directory)
        offset = try parts.first(0x02).map { (value) throws(TLVError) in try PKCS15Object.number(value) } ?? 0
        length = try parts.first(0x80).map { (value) throws(TLVError) in try PKCS15Object.number(value) }
    }

    /// The same for bare file identifiers, as EF.DIR has them (tag `51`).
    init(fileIdentifiers bytes: [UInt8], in directory: PKCS15Path) throws(TLVError) {
        guard !bytes.isEmpty, bytes.count.isMultiple(of: 2), bytes.count <= 16 else { throw .malformed }
        switch bytes.prefix(2) {
        case [0x3F, 0x00]: fileIdentifiers = Array(bytes.dropFirst(2))
        // No file: it stands for the directory that the path begins at.
        case [0x3F, 0xFF]: fileIdentifiers = directory.fileIdentifiers + bytes.dropFirst(2)
        default: fileIdentifiers = directory.fileIdentifiers + bytes
        }
        guard fileIdentifiers.count <= 16 else { throw .malformed }
    }
}
