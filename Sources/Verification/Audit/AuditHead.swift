import Crypto
import DeviceProtocol
import Foundation

/// Where an audit log ended, signed: whoever keeps it elsewhere notices a tail that was cut and a log that was written anew.
///
/// Ed25519 (RFC 8032) over `tessera/audit-head/1`, the log's id, the head's number, the row's number and hash, and the time in
/// milliseconds of Unix, each behind its length in four bytes, most significant first.
public struct AuditHead: Hashable, Sendable {
    /// The log's id.
    public let chain: [UInt8]
    /// The head's number, from 1 on, without a gap.
    public let number: Int64
    /// The number of the row.
    public let row: Int64
    /// The hash of the row.
    public let hash: [UInt8]
    /// When it was signed, in milliseconds of Unix.
    public let milliseconds: Int64
    /// The public key, 32 bytes.
    public let key: [UInt8]
    /// The signature, 64 bytes.
    public let signature: [UInt8]

    /// A head as it was kept.
    public init(
        chain: [UInt8], number: Int64, row: Int64, hash: [UInt8], milliseconds: Int64, key: [UInt8], signature: [UInt8]
    ) {
        self.chain = chain
        self.number = number
        self.row = row
        self.hash = hash
        self.milliseconds = milliseconds
        self.key = key
        self.signature = signature
    }

    /// What is signed.
    public var signedBytes: [UInt8] {
        [Array("tessera/audit-head/1".utf8), chain, number.bytes, row.bytes, hash, milliseconds.bytes].lengthPrefixed
    }

    /// The same head with the signature of `key`.
    func signed(with key: Curve25519.Signing.PrivateKey) throws -> AuditHead {
        AuditHead(
            chain: chain, number: number, row: row, hash: hash, milliseconds: milliseconds, key: Array(key.publicKey.rawRepresentation),
            signature: Array(try key.signature(for: signedBytes)))
    }

    /// Whether one of `keys` signed it.
    func isSigned(byOneOf keys: [Curve25519.Signing.PublicKey]) -> Bool {
        keys.contains { Array($0.rawRepresentation) == key && $0.isValidSignature(signature, for: signedBytes) }
    }
}

extension AuditHead: Codable {
    private enum CodingKeys: String, CodingKey { case chain, number, row, hash, milliseconds, key, signature }

    /// Reads bytes as Base64 (RFC 4648).
    ///
    /// - Throws: `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func bytes(_ key: CodingKeys) throws -> [UInt8] { Array(try container.decode(Data.self, forKey: key)) }
        self.init(
            chain: try bytes(.chain), number: try container.decode(Int64.self, forKey: .number),
            row: try container.decode(Int64.self, forKey: .row), hash: try bytes(.hash),
            milliseconds: try container.decode(Int64.self, forKey: .milliseconds), key: try bytes(.key), signature: try bytes(.signature))
    }

    /// Writes bytes as Base64.
    ///
    /// - Throws: `EncodingError`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        for (key, value) in [(CodingKeys.chain, chain), (.hash, hash), (.key, key), (.signature, signature)] {
            try container.encode(Data(value), forKey: key)
        }
        for (key, value) in [(CodingKeys.number, number), (.row, row), (.milliseconds, milliseconds)] {
            try container.encode(value, forKey: key)
        }
    }
}
