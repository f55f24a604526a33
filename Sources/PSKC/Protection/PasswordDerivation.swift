import Crypto
import CryptoExtras
import Foundation
import OATH
import Secrets

/// PBKDF2 (RFC 8018, 5.2), as XML Encryption 1.1 describes it.
struct PasswordDerivation: Sendable, Equatable {
    static let uri = "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2"
    private static let uri11 = "http://www.w3.org/2009/xmlenc11#pbkdf2"
    /// A document cannot keep us busy for longer than some seconds.
    static let maximumRounds = 10_000_000

    let salt: [UInt8]
    let rounds: Int
    /// 16, 24 or 32; `nil` leaves it to the cipher.
    let keyByteCount: Int?
    let algorithm: HashAlgorithm

    init(salt: [UInt8], rounds: Int, keyByteCount: Int?, algorithm: HashAlgorithm) {
        self.salt = salt
        self.rounds = rounds
        self.keyByteCount = keyByteCount
        self.algorithm = algorithm
    }

    /// Reads a `KeyDerivationMethod`.
    init(_ method: Element) throws(PSKCError) {
        guard let uri = try method.attribute("Algorithm") else { throw .missing("Algorithm", in: method.name) }
        guard [Self.uri, Self.uri11].contains(uri) else { throw .unsupported("the key derivation \"\(uri)\"") }
        let parameters = try method.required("PBKDF2-params", in: .derivation)
        salt = try parameters.required("Salt", in: .derivationParameter)
            .required("Specified", in: .derivationParameter).base64(in: "Salt")
        guard salt.count <= 1024 else { throw .value(of: "Specified", in: "Salt") }
        guard let count = try parameters.string("IterationCount", in: .derivationParameter) else {
            throw .missing("IterationCount", in: parameters.name)
        }
        guard let rounds = count.integer(as: Int.self), (1...Self.maximumRounds).contains(rounds) else {
            throw .value(of: "IterationCount", in: parameters.name)
        }
        self.rounds = rounds
        if let length = try parameters.string("KeyLength", in: .derivationParameter) {
            guard let length = length.integer(as: Int.self), ValueCipher(rawValue: length) != nil else {
                throw .value(of: "KeyLength", in: parameters.name)
            }
            keyByteCount = length
        } else {
            keyByteCount = nil
        }
        // The URI is an attribute; python-pskc writes it as text. SHA-1 is the default (RFC 8018, A.2).
        let function = try parameters.child("PRF", in: .derivationParameter)
        let named = try function?.attribute("Algorithm") ?? function.flatMap { $0.value.isEmpty ? nil : $0.value }
        algorithm = if let named { try HashAlgorithm(hmac: named) } else { .sha1 }
    }

    /// The key that a password gives.
    func key(from password: borrowing SecretBytes, byteCount: Int) throws(PSKCError) -> SymmetricKey {
        let key = password.withBytes { span in
            unsafe span.withUnsafeBytes { password in
                unsafe try? KDF.Insecure.PBKDF2.deriveKey(
                    from: password, salt: salt, using: algorithm.pbkdf2, outputByteCount: byteCount, unsafeUncheckedRounds: rounds)
            }
        }
        guard let key else { throw .value(of: "PBKDF2-params", in: "KeyDerivationMethod") }
        return key
    }
}
