/// The key that opens the management of a PIV card (reference 9B); SP 800-73-4 part 1, table 5.
public struct PIVManagementKey: Hashable, Sendable {
    /// The ciphers that it can be for; SP 800-78-5, table 9.
    public enum Algorithm: UInt8, CaseIterable, Hashable, Sendable {
        /// Triple DES with three keys.
        case tripleDES = 0x03
        /// AES with 128 bits.
        case aes128 = 0x08
        /// AES with 192 bits.
        case aes192 = 0x0A
        /// AES with 256 bits.
        case aes256 = 0x0C

        /// The key's length in bytes.
        public var keyLength: Int {
            switch self {
            case .tripleDES, .aes192: 24
            case .aes128: 16
            case .aes256: 32
            }
        }

        /// The length of challenges and witnesses in bytes.
        var blockLength: Int { self == .tripleDES ? 8 : 16 }
    }

    /// What it encrypts with.
    public let algorithm: Algorithm
    /// The key itself.
    let bytes: [UInt8]

    /// A key for `algorithm`; `nil` when there are not ``Algorithm/keyLength`` bytes.
    public init?(_ algorithm: Algorithm, _ bytes: [UInt8]) {
        guard bytes.count == algorithm.keyLength else { return nil }
        self.init(algorithm: algorithm, bytes: bytes)
    }

    private init(algorithm: Algorithm, bytes: [UInt8]) {
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// The key that blank cards come with, `0102030405060708` three times, for triple DES: everybody knows it.
    public static let wellKnown = PIVManagementKey(
        algorithm: .tripleDES, bytes: Array(repeatElement(Array(UInt8(1)...8), count: 3).joined()))
}

extension PIVManagementKey: CustomStringConvertible {
    /// The cipher, never the key.
    public var description: String { "\(algorithm)" }
}

extension PIVManagementKey {
    /// As the card keeps it: algorithm, touch policy, key.
    func cell(touch: UInt8 = 1) -> CardMemory.Value { .secret([algorithm.rawValue, touch] + bytes) }

    /// The key in a cell, and its touch policy; `nil` when there is none.
    static func kept(in memory: CardMemory) -> (key: PIVManagementKey, touch: UInt8)? {
        guard let bytes = memory.bytes(PIVCells.managementKey), bytes.count > 2, let algorithm = Algorithm(rawValue: bytes[0]),
            let key = PIVManagementKey(algorithm, Array(bytes.dropFirst(2)))
        else { return nil }
        return (key, bytes[1])
    }
}
