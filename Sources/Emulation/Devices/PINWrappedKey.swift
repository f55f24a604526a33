import Crypto
import CryptoExtras
import DeviceProtocol
import Foundation
import Secrets

/// A random key under a PIN, without any redundancy: every PIN opens it to some key, and nothing here tells which is right.
///
/// The key exclusive-or scrypt (RFC 7914) of the PIN. A tag or a checksum would let a thief try all PINs without the server.
struct PINWrappedKey: Codable, Sendable {
    /// The digits of a PIN.
    static let pinLength = 6
    /// The bytes of a salt.
    static let saltLength = 16
    /// How much work one PIN is: scrypt's N, which with r = 8 needs 1 MiB.
    ///
    /// Little, so that many phones run in one process. No amount helps who has a right code too: there are a million PINs.
    static let rounds = 1 << 10

    private let masked: [UInt8]
    private let salt: [UInt8]

    /// Puts a key of 32 random bytes under a PIN.
    init(_ key: SymmetricKey, pin: borrowing SecretBytes, salt: [UInt8]) throws {
        self.salt = salt
        masked = try Self.mask(unsafe key.withUnsafeBytes { unsafe Array($0) }, pin: pin, salt: salt)
    }

    /// The key, when the PIN is right; otherwise another one.
    func key(pin: borrowing SecretBytes) throws -> SymmetricKey {
        SymmetricKey(data: try Self.mask(masked, pin: pin, salt: salt))
    }

    /// Whether a PIN has 6 digits, which everybody knows and which so reveals nothing.
    static func isWellFormed(_ pin: borrowing SecretBytes) -> Bool {
        pin.withBytes { bytes in
            bytes.byteCount == pinLength
                && bytes.byteOffsets.allSatisfy { (0x30...0x39).contains(unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self)) }
        }
    }

    private static func mask(_ bytes: [UInt8], pin: borrowing SecretBytes, salt: [UInt8]) throws -> [UInt8] {
        let stretched = try pin.withBytes { span in
            try unsafe span.withUnsafeBytes { pin in
                try unsafe KDF.Scrypt.deriveKey(
                    from: pin, salt: salt, outputByteCount: bytes.count, rounds: rounds, blockSize: 8, parallelism: 1)
            }
        }
        return unsafe stretched.withUnsafeBytes { unsafe zip(bytes, $0).map { $0 ^ $1 } }
    }
}
