import Crypto
public import DeviceProtocol
import Foundation

/// The public key of a phone, by which the bank checks the signature of an online answer.
public struct AnswerKey: Hashable, Sendable, Codable {
    /// The kinds of key.
    public enum Algorithm: String, Hashable, Sendable, Codable, CaseIterable {
        /// Ed25519; RFC 8032.
        case ed25519
        /// ECDSA with P-256 and SHA-256; FIPS 186-5.
        case p256
    }

    /// What kind it is.
    public let algorithm: Algorithm
    /// The key: 32 bytes (RFC 8032, 5.1.5), or 65 (uncompressed point; SEC 1, 2.3.3).
    public let publicKey: [UInt8]

    /// A key.
    ///
    /// - Throws: ``ScanError/unusableKey(_:)`` for bytes that are none.
    public init(_ algorithm: Algorithm, publicKey: [UInt8]) throws(ScanError) {
        do {
            switch algorithm {
            case .ed25519: _ = try Curve25519.Signing.PublicKey(rawRepresentation: publicKey)
            case .p256: _ = try P256.Signing.PublicKey(x963Representation: publicKey)
            }
        } catch { throw .unusableKey("that is no public key for answers") }
        self.algorithm = algorithm
        self.publicKey = publicKey
    }

    /// What a pairing's code vouches for: the name of the algorithm, and the key, each behind its length.
    var bytes: [UInt8] { [Array(algorithm.rawValue.utf8), publicKey].lengthPrefixed }

    /// Whether `signature` is by this key and covers what `device` was shown: the hash that its code covers, too.
    ///
    /// Ed25519 signs that hash, ``DeviceProtocol/Challenge/digest(as:by:)``; ECDSA signs it as its SHA-256, in DER
    /// (RFC 3279, 2.2.3).
    public func isValid(_ signature: [UInt8], for challenge: Challenge, by device: DeviceID) -> Bool {
        switch algorithm {
        case .ed25519: isValid(signature, over: Array(challenge.digest(as: .mobile, by: device)))
        case .p256: isValid(signature, over: challenge.coveredBytes(as: .mobile, by: device))
        }
    }

    /// Whether `signature` is by this key and over this message.
    func isValid(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        switch algorithm {
        case .ed25519:
            guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
            return key.isValidSignature(signature, for: message)
        case .p256:
            guard let key = try? P256.Signing.PublicKey(x963Representation: publicKey),
                let signature = try? P256.Signing.ECDSASignature(derRepresentation: signature)
            else { return false }
            return key.isValidSignature(signature, for: message)
        }
    }
}
