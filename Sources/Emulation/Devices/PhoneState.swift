import Crypto
import DeviceProtocol
import Foundation
import ScanChallenge

/// What a phone has beyond what a Scan has.
struct PhoneState: Codable, Sendable {
    /// Signs online answers; it never depends on the PIN, because its public key would tell a right one.
    let answerKey: AnswerPrivateKey
    /// What another phone can take this one's place with.
    var ticket: RestoreTicket?
}

/// A phone's key for online answers.
enum AnswerPrivateKey: Codable, Sendable {
    case ed25519(StoredKey<Curve25519.Signing.PrivateKey>)
    case p256(StoredKey<P256.Signing.PrivateKey>)

    /// Draws a key.
    static func random(
        _ algorithm: AnswerKey.Algorithm, using generator: inout some RandomNumberGenerator
    ) throws(ScanError) -> AnswerPrivateKey {
        // Of 32 random bytes one in 2^32 is no P-256 key.
        for _ in 0..<8 {
            let bytes = Data(generator.bytes(32))
            switch algorithm {
            case .ed25519: if let key = try? Curve25519.Signing.PrivateKey(rawBytes: bytes) { return .ed25519(StoredKey(key)) }
            case .p256: if let key = try? P256.Signing.PrivateKey(rawBytes: bytes) { return .p256(StoredKey(key)) }
            }
        }
        throw .unusableKey("the random source gives no \(algorithm.rawValue) key")
    }

    /// What the bank checks with.
    func publicKey() throws(ScanError) -> AnswerKey {
        switch self {
        case .ed25519(let key): try AnswerKey(.ed25519, publicKey: Array(key.key.publicKey.rawRepresentation))
        case .p256(let key): try AnswerKey(.p256, publicKey: Array(key.key.publicKey.x963Representation))
        }
    }

    /// Signs what `device` was shown, as ``ScanChallenge/AnswerKey/isValid(_:for:by:)`` wants it; `nil` when the library refuses.
    func signature(for challenge: Challenge, by device: DeviceID) -> [UInt8]? {
        switch self {
        case .ed25519(let key):
            (try? key.key.signature(for: challenge.digest(as: .mobile, by: device))).map { Array($0) }
        case .p256(let key):
            (try? key.key.signature(for: challenge.coveredBytes(as: .mobile, by: device))).map { Array($0.derRepresentation) }
        }
    }
}
