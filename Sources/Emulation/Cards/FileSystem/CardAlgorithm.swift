internal import Crypto

/// What an emulated card does with the bytes that it is to sign or to decipher.
enum CardAlgorithm: Hashable, Sendable {
    /// RSA without padding; the host brings a whole block.
    case rawRSA
    /// RSA with PKCS#1 v1.5 padding by the card: over a DigestInfo from the host, or over a digest that the card wraps into
    /// one for this hash; RFC 8017, 9.2.
    case rsaPKCS1(DigestKind?)
    /// ECDSA over a digest; the answer is DER.
    case ecdsa

    /// Signs; `nil` when key or input are none that this algorithm takes.
    func sign(_ input: [UInt8], with key: VirtualKey) -> [UInt8]? {
        switch self {
        case .rawRSA:
            guard key.kind.curve == nil, input.count == key.kind.bits / 8 else { return nil }
            return try? key.rawRSA(input)
        case .rsaPKCS1(let digest):
            guard key.kind.curve == nil else { return nil }
            if let digest, input.count != digest.length { return nil }
            guard let block = Self.padded((digest?.prefix ?? []) + input, to: key.kind.bits / 8) else { return nil }
            return try? key.rawRSA(block)
        case .ecdsa:
            guard key.kind.curve != nil, !input.isEmpty, input.count <= 64 else { return nil }
            return try? key.sign(digest: input)
        }
    }

    /// Deciphers one block; `nil` when key, block or padding are none that this algorithm takes.
    func decipher(_ block: [UInt8], with key: VirtualKey) -> [UInt8]? {
        guard key.kind.curve == nil, block.count == key.kind.bits / 8, let plain = try? key.rawRSA(block) else { return nil }
        switch self {
        case .rawRSA: return plain
        case .rsaPKCS1(nil): return Self.unpadded(plain)
        case .rsaPKCS1, .ecdsa: return nil
        }
    }

    /// `00 01 FF … FF 00` and the message; at least eight bytes of padding, and so a message of at most `size` - 11.
    private static func padded(_ message: [UInt8], to size: Int) -> [UInt8]? {
        guard !message.isEmpty, message.count <= size - 11 else { return nil }
        return [0x00, 0x01] + Array(repeating: 0xFF, count: size - 3 - message.count) + [0x00] + message
    }

    /// The message behind `00 02`, at least eight bytes that are not zero, and `00`; RFC 8017, 7.2.2.
    private static func unpadded(_ block: [UInt8]) -> [UInt8]? {
        guard block.starts(with: [0x00, 0x02]), let end = block.dropFirst(2).firstIndex(of: 0x00), end >= 10 else { return nil }
        return Array(block[(end + 1)...])
    }
}

/// A hash function, as far as a card has to know it.
enum DigestKind: Hashable, Sendable {
    case sha1, sha256, sha384, sha512

    /// The number of bytes of its digests.
    var length: Int {
        switch self {
        case .sha1: 20
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    /// What stands before the digest in a DigestInfo; RFC 8017, 9.2, note 1.
    var prefix: [UInt8] {
        switch self {
        case .sha1: [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A, 0x05, 0x00, 0x04, 0x14]
        case .sha256: Self.prefix(0x01, length)
        case .sha384: Self.prefix(0x02, length)
        case .sha512: Self.prefix(0x03, length)
        }
    }

    /// The DigestInfo of a hash of the SHA-2 family, by the last arc of its object identifier.
    private static func prefix(_ arc: UInt8, _ length: Int) -> [UInt8] {
        let count = UInt8(clamping: length)
        return [0x30, 0x11 + count, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, arc, 0x05, 0x00, 0x04, count]
    }

    /// Computes it.
    func digest(_ message: [UInt8]) -> [UInt8] {
        switch self {
        case .sha1: Array(Insecure.SHA1.hash(data: message))
        case .sha256: Array(SHA256.hash(data: message))
        case .sha384: Array(SHA384.hash(data: message))
        case .sha512: Array(SHA512.hash(data: message))
        }
    }
}
