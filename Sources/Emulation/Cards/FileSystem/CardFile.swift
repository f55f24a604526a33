internal import ISO7816

/// A file of an emulated card: where it lies, how it is built, and who may use it; ISO/IEC 7816-4, 7.1 and 7.2.
///
/// What it holds is in the card's memory, under ``cell``.
struct CardFile: Hashable, Sendable {
    /// How a file is built.
    enum Structure: Hashable, Sendable {
        /// A dedicated file (DF); with a name it is an application.
        case directory(name: [UInt8]?)
        /// A transparent elementary file: bytes without structure.
        case transparent
        /// An elementary file of records.
        case records(RecordStructure)
        /// A private key, which is used for what it is there for and never read.
        case key(CardKeyKind, KeyPurposes)
    }

    /// The file identifiers from the master file down, its own last; empty for the master file.
    let path: [UInt16]
    let structure: Structure
    /// Who may read it, or use the key.
    let access: AccessCondition
    /// Who may write it, or have a new key made.
    let update: AccessCondition
    /// The number that commands can name the file by, 1 to 30; `nil` for none (ISO/IEC 7816-4, 7.3.2).
    let shortIdentifier: UInt8?

    init(
        _ path: [UInt16], _ structure: Structure, access: AccessCondition = .always, update: AccessCondition = .never,
        shortIdentifier: UInt8? = nil
    ) {
        self.path = path
        self.structure = structure
        self.access = access
        self.update = update
        self.shortIdentifier = shortIdentifier
    }

    /// The master file's own identifier; ISO/IEC 7816-4, 7.3.2.
    static let masterIdentifier: UInt16 = 0x3F00

    /// The last step of the path.
    var identifier: UInt16 { path.last ?? Self.masterIdentifier }
    /// The directory that the file lies in; the master file lies in itself.
    var parent: [UInt16] { Array(path.dropLast()) }
    /// The cell of the card's memory that has what it holds.
    var cell: String { "file \(path.flatMap(\.bigEndianBytes).hexadecimal)" }

    var isDirectory: Bool {
        if case .directory = structure { return true }
        return false
    }

    /// The application identifier of a directory that has one.
    var name: [UInt8]? {
        if case .directory(let name) = structure { return name }
        return nil
    }
}

/// How a file of records is built; ISO/IEC 7816-4, 7.4.
struct RecordStructure: Hashable, Sendable {
    /// The file descriptor byte says it; ISO/IEC 7816-4, table 12.
    enum Order: UInt8, Hashable, Sendable {
        /// Records of one length, in the order in which they were written.
        case linearFixed = 0x02
        /// The same with lengths of their own.
        case linearVariable = 0x04
        /// Records of one length, the newest first; a new one takes the place of the oldest.
        case cyclic = 0x06
    }

    let order: Order
    /// The number of bytes of a record, at least 1; the most of them where lengths vary.
    let length: Int
    /// The most records that there is room for, 1 to 254.
    let capacity: Int

    /// Whether a record of `count` bytes can be one of these.
    func takes(_ count: Int) -> Bool { count >= 1 && (order == .linearVariable ? count <= length : count == length) }
}

/// A private key that has a number instead of a file.
struct NumberedKey: Hashable, Sendable {
    /// What control reference templates call it (tag `84`).
    let reference: UInt8
    let kind: CardKeyKind
    /// In which templates it can be named.
    let purposes: KeyPurposes
    /// Who may use it.
    let access: AccessCondition
    /// Who may have a new one made in its place.
    let update: AccessCondition

    /// The cell of the card's memory that has the key.
    var cell: String { "key \([reference].hexadecimal)" }
}

extension UInt16 {
    /// The two bytes as they travel, the higher first.
    var bigEndianBytes: [UInt8] { [UInt8(self >> 8), UInt8(self & 0xFF)] }

    /// Two bytes as one number; `nil` unless there are two.
    init?(bigEndian bytes: some Collection<UInt8>) {
        guard bytes.count == 2 else { return nil }
        self = bytes.reduce(0) { $0 << 8 | UInt16($1) }
    }
}
