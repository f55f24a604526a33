internal import ISO7816

/// A file of an emulated card: where it lies, what it holds, and who may use it; ISO/IEC 7816-4, 7.1 and 7.2.
struct CardFile: Sendable {
    /// What a file holds.
    enum Content: Sendable {
        /// A dedicated file (DF); with a name it is an application.
        case directory(name: [UInt8]?)
        /// A transparent elementary file: bytes without structure.
        case transparent([UInt8])
        /// A private key, which signs and is never read.
        case key(VirtualKey)
    }

    /// Who may read a file, or sign with a key.
    enum Access: Hashable, Sendable {
        case always
        /// Whoever gave the PIN with this reference.
        case pin(UInt8)
        case never
    }

    /// The file identifiers from the master file down, its own last; empty for the master file.
    let path: [UInt16]
    let content: Content
    let access: Access
    /// The number that READ BINARY can name the file by, 1 to 30; `nil` for none (ISO/IEC 7816-4, 7.3.2).
    let shortIdentifier: UInt8?

    init(_ path: [UInt16], _ content: Content, access: Access = .always, shortIdentifier: UInt8? = nil) {
        self.path = path
        self.content = content
        self.access = access
        self.shortIdentifier = shortIdentifier
    }

    /// The master file's own identifier; ISO/IEC 7816-4, 7.3.2.
    static let masterIdentifier: UInt16 = 0x3F00

    /// The last step of the path.
    var identifier: UInt16 { path.last ?? Self.masterIdentifier }
    /// The directory that the file lies in; the master file lies in itself.
    var parent: [UInt16] { Array(path.dropLast()) }

    var isDirectory: Bool {
        if case .directory = content { return true }
        return false
    }

    /// The application identifier of a directory that has one.
    var name: [UInt8]? {
        if case .directory(let name) = content { return name }
        return nil
    }

    var key: VirtualKey? {
        if case .key(let key) = content { return key }
        return nil
    }
}

/// A private key with the condition for using it.
struct KeyObject: Sendable {
    let key: VirtualKey
    let access: CardFile.Access
}

extension UInt16 {
    /// The two bytes as they travel, the higher first.
    var bigEndianBytes: [UInt8] { [UInt8(self >> 8), UInt8(self & 0xFF)] }
}
