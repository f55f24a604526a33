public import Crypto
import DeviceProtocol
import Foundation

/// What an enrolment's evidence is marked with: a random key that no device holds, and no PIN wraps.
///
/// A mark under the OCRA key would let a thief of a phone's file try PINs without the bank: each PIN gives a key, each key a
/// code, and each code a mark to compare.
public struct EvidenceKey: Sendable, Codable {
    private let key: KeyMaterial
    /// Whether it was drawn while a credential without one was read, and stands nowhere yet.
    package private(set) var isUnstored = false

    private enum CodingKeys: CodingKey { case key }

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

extension EvidenceKey: Equatable {
    /// Whether both mark alike.
    public static func == (left: EvidenceKey, right: EvidenceKey) -> Bool { left.key == right.key }
}

extension EvidenceKey {
    /// A key for a credential that was written before there were such keys; it lasts from the next change of its enrolment on.
    static func drawn() -> EvidenceKey {
        var key = EvidenceKey()
        key.isUnstored = true
        return key
    }
}

extension KeyedDecodingContainer {
    /// A credential that was written before there were such keys gets one.
    func decode(_ type: EvidenceKey.Type, forKey key: Key) throws -> EvidenceKey {
        try decodeIfPresent(type, forKey: key) ?? .drawn()
    }
}

extension Credential {
    /// Whether something of it was made while it was read, and has to be written with the next change.
    package var isUnstored: Bool {
        switch self {
        case .timedCode(let codes): codes.evidenceKey.isUnstored
        case .countedCode(let codes): codes.evidenceKey.isUnstored
        case .scanCode(let scan): scan.evidenceKey.isUnstored
        case .phone(let phone): phone.evidenceKey.isUnstored
        case .certificates: false
        }
    }
}
