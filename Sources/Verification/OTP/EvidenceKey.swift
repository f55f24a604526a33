public import Crypto
import DeviceProtocol
import Foundation

/// What an enrolment's evidence is marked with: a random key that no device holds, and no PIN wraps.
///
/// A mark under the OCRA key would let a thief of a phone's file try PINs without the bank: each PIN gives a key, each key a
/// code, and each code a mark to compare.
public struct EvidenceKey: Equatable, Sendable, Codable {
    private let key: KeyMaterial

    /// Takes a key of 32 random bytes; without one it draws one.
    public init(_ key: SymmetricKey = SymmetricKey(size: .bits256)) { self.key = KeyMaterial(key) }

    /// What evidence keeps of a code that was accepted: HMAC-SHA256 (RFC 2104) over tag, challenge's id and code, under this key.
    ///
    /// Without the key nobody finds the code by trying all there are; with it, whoever is told a code can compare.
    func mark(of code: String, for id: ChallengeID) -> String {
        let parts = [Array("tessera/evidence/1".utf8), id.bytes, Array(code.utf8)].lengthPrefixed
        return HMAC<SHA256>.authenticationCode(for: parts, using: key.key).lowercaseHexadecimal
    }
}

extension KeyedDecodingContainer {
    /// A credential that was written before there were such keys gets one, which lasts from its next answer on.
    func decode(_ type: EvidenceKey.Type, forKey key: Key) throws -> EvidenceKey {
        try decodeIfPresent(type, forKey: key) ?? EvidenceKey()
    }
}
