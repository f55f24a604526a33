internal import Crypto
internal import CryptoExtras
internal import Foundation
internal import Secrets

/// What a card's secrets are encrypted with: AES-256-GCM under a key that scrypt (RFC 7914) makes of a passphrase.
///
/// The passphrase itself is gone when this is made.
struct CardStateSeal: Sendable {
    /// What scrypt is asked for; it stands in the file.
    struct Parameters: Codable, Hashable, Sendable {
        /// Cost: a power of two (N).
        let rounds: Int
        /// Block size (r).
        let blockSize: Int
        /// Parallelism (p).
        let parallelism: Int

        /// 32 MiB and 0.1 s on a usual machine, thrice.
        static let usual = Parameters(rounds: 1 << 15, blockSize: 8, parallelism: 3)

        /// Whether a file may ask for this: at most 256 MiB, and a hundred times the usual work.
        var isBearable: Bool {
            (2...1 << 20).contains(rounds) && rounds.nonzeroBitCount == 1 && (1...32).contains(blockSize) && (1...16).contains(parallelism)
                && rounds * blockSize <= 1 << 21
        }
    }

    /// Why nothing was sealed or opened.
    enum Failure: Error, Hashable {
        /// The passphrase is another one.
        case wrongPassphrase
        /// What was sealed, or what it was sealed with, is not what was written.
        case altered
        /// The library refused.
        case refused
    }

    let parameters: Parameters
    let salt: [UInt8]
    /// The second half of what scrypt made, by which a wrong passphrase is told from a damaged file.
    ///
    /// It helps a guesser no more than the encryption's own tag does.
    let check: [UInt8]
    private let key: SymmetricKey

    private init(_ parameters: Parameters, salt: [UInt8], check: [UInt8], key: SymmetricKey) {
        self.parameters = parameters
        self.salt = salt
        self.check = check
        self.key = key
    }

    /// Derives the key.
    ///
    /// - Parameter salt: 16 random bytes; the same passphrase and salt make the same key.
    static func derived(
        from passphrase: borrowing SecretBytes, salt: [UInt8], parameters: Parameters
    ) throws(Failure) -> CardStateSeal {
        guard parameters.isBearable else { throw .altered }
        let both: SymmetricKey?
        both = passphrase.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { buffer in
                unsafe try? KDF.Scrypt.deriveKey(
                    from: buffer, salt: salt, outputByteCount: 64, rounds: parameters.rounds, blockSize: parameters.blockSize,
                    parallelism: parameters.parallelism)
            }
        }
        guard let both else { throw .refused }
        return unsafe both.withUnsafeBytes { bytes in
            unsafe CardStateSeal(
                parameters, salt: salt, check: Array(bytes.suffix(32)), key: SymmetricKey(data: bytes.prefix(32)))
        }
    }

    /// A seal of a new file: under a salt of its own.
    static func fresh(
        from passphrase: borrowing SecretBytes, parameters: Parameters = .usual
    ) throws(Failure) -> CardStateSeal {
        let salt = unsafe SymmetricKey(size: .bits128).withUnsafeBytes { unsafe Array($0) }
        return try derived(from: passphrase, salt: salt, parameters: parameters)
    }

    /// Derives the key again and finds out whether it is the one that made `check`.
    static func opening(
        with passphrase: borrowing SecretBytes, salt: [UInt8], check: [UInt8], parameters: Parameters
    ) throws(Failure) -> CardStateSeal {
        let seal = try derived(from: passphrase, salt: salt, parameters: parameters)
        guard constantTimeEquals(seal.check, check) else { throw .wrongPassphrase }
        return seal
    }

    /// Encrypts `bytes` under a fresh nonce; whoever opens them needs the same `covered`.
    func close(_ bytes: [UInt8], covering covered: [UInt8]) throws(Failure) -> [UInt8] {
        guard let box = try? AES.GCM.seal(bytes, using: key, authenticating: covered), let combined = box.combined else { throw .refused }
        return Array(combined)
    }

    /// Decrypts what ``close(_:covering:)`` made.
    func open(_ box: [UInt8], covering covered: [UInt8]) throws(Failure) -> [UInt8] {
        guard let box = try? AES.GCM.SealedBox(combined: box), let bytes = try? AES.GCM.open(box, using: key, authenticating: covered)
        else { throw .altered }
        return Array(bytes)
    }
}
