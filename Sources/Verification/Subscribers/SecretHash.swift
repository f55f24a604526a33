import Foundation
import Secrets

/// What is stored of a password, an answer or a code that a person types: scrypt's output, with salt and cost beside it.
///
/// Written as a PHC string, `$scrypt$ln=15,r=8,p=1$SALT$HASH` with Base64 without padding, so that other programs can check it.
public struct SecretHash: Hashable, Sendable {
    /// The work that it cost.
    public let cost: ScryptCost
    private let salt: [UInt8]
    private let hash: [UInt8]

    private static let saltCount = 16
    private static let hashCount = 32

    /// Hashes `secret` with a fresh salt; `nil` when there is no memory for it.
    ///
    /// This takes some 100 ms of one core: call it through ``SecretHasher``.
    static func hashing(
        _ secret: borrowing SecretBytes, cost: ScryptCost, using generator: inout some RandomNumberGenerator
    ) -> SecretHash? {
        let salt = (0..<saltCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return Scrypt.derive(from: secret, salt: salt, cost: cost, count: hashCount).map { SecretHash(cost: cost, salt: salt, hash: $0) }
    }

    private init(cost: ScryptCost, salt: [UInt8], hash: [UInt8]) {
        self.cost = cost
        self.salt = salt
        self.hash = hash
    }

    /// Whether `secret` is the one, compared in constant time; `nil` when there is no memory to tell.
    func matches(_ secret: borrowing SecretBytes) -> Bool? {
        Scrypt.derive(from: secret, salt: salt, cost: cost, count: Self.hashCount).map { constantTimeEquals($0, hash) }
    }

    /// Whether `secret` is the one, by as much work as a hash at `dearest` takes, where that is more; `nil` when there is no memory.
    func matches(_ secret: borrowing SecretBytes, workingLike dearest: ScryptCost) -> Bool? {
        let matches = matches(secret)
        for cost in cost.missing(to: dearest) {
            guard Scrypt.derive(from: secret, salt: salt, cost: cost, count: Self.hashCount) != nil else { return nil }
        }
        return matches
    }

    /// Reads a PHC string; `nil` for anything that ``text`` would not write.
    public init?(text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt" else { return nil }
        let numbers = parts[2].split(separator: ",").map { $0.split(separator: "=") }
        guard numbers.count == 3, numbers.map(\.first) == ["ln", "r", "p"], numbers.allSatisfy({ $0.count == 2 }),
            let logN = Int(numbers[0][1]), let blockSize = Int(numbers[1][1]), let parallelisation = Int(numbers[2][1]),
            let cost = ScryptCost(logN: logN, blockSize: blockSize, parallelisation: parallelisation),
            let salt = Self.decode(parts[3]), salt.count == Self.saltCount, let hash = Self.decode(parts[4]), hash.count == Self.hashCount
        else { return nil }
        self.init(cost: cost, salt: salt, hash: hash)
    }

    /// The PHC string.
    public var text: String {
        "$scrypt$ln=\(cost.logN),r=\(cost.blockSize),p=\(cost.parallelisation)$\(Self.encode(salt))$\(Self.encode(hash))"
    }

    private static func encode(_ bytes: [UInt8]) -> String {
        String(Data(bytes).base64EncodedString().prefix { $0 != "=" })
    }

    private static func decode(_ text: Substring) -> [UInt8]? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return Data(base64Encoded: text + padding).map(Array.init)
    }
}

extension SecretHash: Codable {
    /// Reads the PHC string.
    ///
    /// - Throws: `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let hash = SecretHash(text: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a PHC string of scrypt")
        }
        self = hash
    }

    /// Writes the PHC string.
    ///
    /// - Throws: `EncodingError`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

extension SecretHash: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The cost alone.
    public var description: String { "scrypt hash of cost 2^\(cost.logN)" }
    /// The cost alone.
    public var debugDescription: String { description }
    /// Nothing to look into.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
