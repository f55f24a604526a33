import Crypto
import CryptoExtras
import OATH

/// The ciphers that a value can be encrypted with (XML Encryption, 5.2.2).
enum ValueCipher: Int, CaseIterable {
    case aes128 = 16
    case aes192 = 24
    case aes256 = 32

    /// The length of its key, in bytes.
    var keyByteCount: Int { rawValue }
    var uri: String { "http://www.w3.org/2001/04/xmlenc#aes\(rawValue * 8)-cbc" }

    /// The cipher that an element's `EncryptionMethod` names.
    init(of element: Element) throws(PSKCError) {
        guard let uri = try element.required("EncryptionMethod", in: [.xenc]).attribute("Algorithm") else {
            throw .missing("Algorithm", in: "EncryptionMethod")
        }
        guard let cipher = Self.allCases.first(where: { $0.uri == uri }) else { throw .unsupported("the cipher \"\(uri)\"") }
        self = cipher
    }

    /// The cipher that takes `key`.
    init(for key: SymmetricKey) throws(PSKCError) {
        guard let cipher = Self(rawValue: key.bitCount / 8) else { throw .keyLength(key.bitCount / 8, expected: 32) }
        self = cipher
    }
}

extension HashAlgorithm {
    /// The hash below the HMAC that a URI names (XML Signature, 6.3.1; RFC 6931, 2.2).
    init(hmac uri: String) throws(PSKCError) {
        guard let algorithm = Self.allCases.first(where: { $0.hmacURI == uri }) else { throw .unsupported("the MAC \"\(uri)\"") }
        self = algorithm
    }

    var hmacURI: String {
        switch self {
        case .sha1: "http://www.w3.org/2000/09/xmldsig#hmac-sha1"
        case .sha256: "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
        case .sha512: "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512"
        }
    }

    /// HMAC of one text.
    func hmac(of bytes: [UInt8], using key: SymmetricKey) -> [UInt8] {
        switch self {
        case .sha1: Array(HMAC<Insecure.SHA1>.authenticationCode(for: bytes, using: key))
        case .sha256: Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key))
        case .sha512: Array(HMAC<SHA512>.authenticationCode(for: bytes, using: key))
        }
    }

    /// The hash below PBKDF2's HMAC.
    var pbkdf2: KDF.Insecure.PBKDF2.HashFunction {
        switch self {
        case .sha1: .insecureSHA1
        case .sha256: .sha256
        case .sha512: .sha512
        }
    }
}
