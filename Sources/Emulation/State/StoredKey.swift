internal import Crypto
internal import Foundation

/// A key as a state file has it: its bytes.
protocol RawKey: Sendable {
    init(rawBytes: Data) throws
    var rawBytes: Data { get }
}

/// A key that is written to a device's file, and to nothing else.
struct StoredKey<Key: RawKey>: Codable, Sendable {
    let key: Key

    init(_ key: Key) { self.key = key }

    init(from decoder: any Decoder) throws { key = try Key(rawBytes: decoder.singleValueContainer().decode(Data.self)) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(key.rawBytes)
    }
}

extension SymmetricKey: RawKey {
    init(rawBytes: Data) throws { self.init(data: rawBytes) }
    var rawBytes: Data { unsafe withUnsafeBytes { unsafe Data($0) } }
}

extension Curve25519.KeyAgreement.PrivateKey: RawKey {
    init(rawBytes: Data) throws { try self.init(rawRepresentation: rawBytes) }
    var rawBytes: Data { rawRepresentation }
}

extension Curve25519.KeyAgreement.PublicKey: RawKey {
    init(rawBytes: Data) throws { try self.init(rawRepresentation: rawBytes) }
    var rawBytes: Data { rawRepresentation }
}

extension Curve25519.Signing.PrivateKey: RawKey {
    init(rawBytes: Data) throws { try self.init(rawRepresentation: rawBytes) }
    var rawBytes: Data { rawRepresentation }
}

extension P256.Signing.PrivateKey: RawKey {
    init(rawBytes: Data) throws { try self.init(rawRepresentation: rawBytes) }
    var rawBytes: Data { rawRepresentation }
}
