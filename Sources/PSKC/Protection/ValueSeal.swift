import Crypto
import CryptoExtras
import Foundation
import OATH
import Secrets

/// Values encrypted with AES-CBC, and an HMAC over initialization vector and ciphertext (RFC 6030, 6.1 and 6.1.1).
struct ValueSeal: Sendable {
    /// What every value is encrypted with.
    let key: SymmetricKey
    let macKey: SymmetricKey
    let macAlgorithm: HashAlgorithm

    /// The fewest bytes of a MAC key; the examples of RFC 6030 have 16.
    private static let shortestMACKey = 16

    /// The seal that `MACMethod` and the key that encrypts describe.
    ///
    /// Without a MAC key of its own, the key that encrypts serves (RFC 6030, 6.1.1).
    init(macMethod: Element, key: SymmetricKey) throws(PSKCError) {
        try macMethod.allow(["MACKey", "MACKeyReference"])
        guard let uri = try macMethod.attribute("Algorithm") else { throw .missing("Algorithm", in: "MACMethod") }
        macAlgorithm = try HashAlgorithm(hmac: uri)
        guard try macMethod.child("MACKeyReference") == nil else { throw .unsupported("a MAC key that is only named") }
        self.key = key
        if let sealed = try macMethod.child("MACKey") {
            // Nothing vouches for it but its length: a key that anybody can guess would let anybody change values.
            let opened = try Self.decrypt(SealedValue(sealed), using: key)
            guard opened.count >= Self.shortestMACKey else { throw .notAuthentic }
            macKey = opened.key
        } else {
            macKey = key
        }
    }

    /// A seal with keys of its own.
    init(key: SymmetricKey, macKey: SymmetricKey, macAlgorithm: HashAlgorithm) {
        self.key = key
        self.macKey = macKey
        self.macAlgorithm = macAlgorithm
    }

    /// The value, after its MAC was found right.
    func open(_ value: SealedValue, mac: [UInt8]) throws(PSKCError) -> SecretBytes {
        guard constantTimeEquals(mac, macAlgorithm.hmac(of: value.bytes, using: macKey)) else { throw .notAuthentic }
        return try Self.decrypt(value, using: key)
    }

    /// The value under an initialization vector of 16 bytes, and its MAC.
    func seal(_ value: SymmetricKey, vector: [UInt8]) throws(PSKCError) -> (bytes: [UInt8], mac: [UInt8]) {
        let bytes = try Self.encrypt(value, using: key, vector: vector)
        return (bytes, macAlgorithm.hmac(of: bytes, using: macKey))
    }

    /// Initialization vector and ciphertext, padded as PKCS #5 says.
    static func encrypt(_ value: SymmetricKey, using key: SymmetricKey, vector: [UInt8]) throws(PSKCError) -> [UInt8] {
        do {
            let vectorValue = try AES._CBC.IV(ivBytes: vector)
            let ciphertext = try unsafe value.withUnsafeBytes { try unsafe AES._CBC.encrypt($0, using: key, iv: vectorValue) }
            return vector + ciphertext
        } catch {
            throw .value(of: "key", in: "EncryptionKey")
        }
    }

    /// What was encrypted; a wrong key and a wrong padding are told as one.
    static func decrypt(_ value: SealedValue, using key: SymmetricKey) throws(PSKCError) -> SecretBytes {
        let expected = value.cipher.keyByteCount
        guard key.bitCount == expected * 8 else { throw .keyLength(key.bitCount / 8, expected: expected) }
        do {
            var plain = try AES._CBC.decrypt(value.bytes.dropFirst(16), using: key, iv: AES._CBC.IV(ivBytes: value.bytes.prefix(16)))
            defer { plain.resetBytes(in: plain.startIndex..<plain.endIndex) }
            return try SecretBytes.copying(plain)
        } catch is SecretBytesError {
            throw .memory
        } catch {
            throw .notAuthentic
        }
    }
}

/// A value that is encrypted: XML Encryption's `EncryptedDataType`, as far as RFC 6030 uses it.
struct SealedValue: Sendable {
    let cipher: ValueCipher
    /// The initialization vector, 16 bytes, and whole blocks of ciphertext.
    let bytes: [UInt8]

    init(cipher: ValueCipher, bytes: [UInt8]) {
        self.cipher = cipher
        self.bytes = bytes
    }

    init(_ element: Element) throws(PSKCError) {
        cipher = try ValueCipher(of: element)
        bytes = try element.required("CipherData", in: [.xenc]).required("CipherValue", in: [.xenc]).base64(in: element.name)
        guard bytes.count >= 32, bytes.count.isMultiple(of: 16) else { throw .value(of: "CipherValue", in: element.name) }
    }
}

extension SecretBytes {
    /// The bytes as a key; swift-crypto wipes it behind itself.
    var key: SymmetricKey {
        withBytes { span in unsafe span.withUnsafeBytes { unsafe SymmetricKey(data: $0) } }
    }
}
