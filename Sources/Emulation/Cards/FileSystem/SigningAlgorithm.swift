/// What an emulated card does with the bytes that it is to sign.
enum SigningAlgorithm: Hashable, Sendable {
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

    /// `00 01 FF … FF 00` and the message; at least eight bytes of padding, and so a message of at most `size` - 11.
    private static func padded(_ message: [UInt8], to size: Int) -> [UInt8]? {
        guard !message.isEmpty, message.count <= size - 11 else { return nil }
        return [0x00, 0x01] + Array(repeating: 0xFF, count: size - 3 - message.count) + [0x00] + message
    }
}

/// A hash function, as far as a card that pads has to know it.
enum DigestKind: Hashable, Sendable {
    case sha1, sha256

    /// The number of bytes of its digests.
    var length: Int { self == .sha1 ? 20 : 32 }

    /// What stands before the digest in a DigestInfo; RFC 8017, 9.2, note 1.
    var prefix: [UInt8] {
        switch self {
        case .sha1: [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A, 0x05, 0x00, 0x04, 0x14]
        case .sha256:
            [0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20]
        }
    }
}
