/// The text of a QR code, taken apart but not opened: nothing in it is to be believed yet.
///
/// `SC1:` and Base45 of version (1 byte), key id (8), encapsulated key (32) and ciphertext.
public struct ScanEnvelope: Hashable, Sendable {
    /// What every text begins with.
    public static let prefix = "SC1:"
    /// The one version that is known.
    public static let version: UInt8 = 1
    /// The most characters of a text: the alphanumeric capacity of a QR code of version 15 at error correction M.
    ///
    /// 415 data codewords hold 4 bits of mode, 11 bits of length and 11 bits for each 2 characters; ISO/IEC 18004, 7.4.4.
    public static let characterLimit = 600

    /// X25519's encapsulated key; RFC 9180, 7.1.
    static let encapsulatedKeyByteCount = 32
    /// Poly1305's tag, the least that a ciphertext has; RFC 8439, 2.8.
    static let tagByteCount = 16

    /// Which sealing key it says that it was made with.
    public let keyID: ScanKeyID
    /// The sender's ephemeral key; HPKE's `enc`, 32 bytes.
    public let encapsulatedKey: [UInt8]
    /// The sealed payload with its tag, at least 16 bytes.
    public let ciphertext: [UInt8]

    init(keyID: ScanKeyID, encapsulatedKey: [UInt8], ciphertext: [UInt8]) {
        self.keyID = keyID
        self.encapsulatedKey = encapsulatedKey
        self.ciphertext = ciphertext
    }

    /// Takes a scanned text apart.
    ///
    /// - Throws: ``ScanError/notAScanChallenge``, ``ScanError/tooLarge(characters:limit:)``, ``ScanError/malformed(_:)`` or
    ///   ``ScanError/unknownVersion(_:)``.
    public init(parsing text: String) throws(ScanError) {
        guard text.utf8.starts(with: Self.prefix.utf8) else { throw .notAScanChallenge }
        let characters = text.utf8.count
        guard characters <= Self.characterLimit else { throw .tooLarge(characters: characters, limit: Self.characterLimit) }
        let bytes = try Base45.decode(String(decoding: text.utf8.dropFirst(Self.prefix.utf8.count), as: UTF8.self))
        guard let version = bytes.first else { throw .malformed("nothing follows \"\(Self.prefix)\"") }
        guard version == Self.version else { throw .unknownVersion(version) }
        let sealed = bytes.dropFirst()
        let least = ScanKeyID.byteCount + Self.encapsulatedKeyByteCount + Self.tagByteCount
        guard sealed.count > least else { throw .malformed("\(bytes.count) bytes are too few") }
        keyID = try ScanKeyID(Array(sealed.prefix(ScanKeyID.byteCount)))
        let key = sealed.dropFirst(ScanKeyID.byteCount)
        encapsulatedKey = Array(key.prefix(Self.encapsulatedKeyByteCount))
        ciphertext = Array(key.dropFirst(Self.encapsulatedKeyByteCount))
    }

    /// The text of the QR code, as ``init(parsing:)`` reads it.
    public var text: String {
        Self.prefix + Base45.encode(Self.header(keyID) + encapsulatedKey + ciphertext)
    }

    /// Version and key id: what stands in the clear and is authenticated with the ciphertext (HPKE's `aad`).
    static func header(_ keyID: ScanKeyID) -> [UInt8] { [version] + keyID.bytes }
}
