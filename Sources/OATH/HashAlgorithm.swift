import Crypto
import Foundation

/// The hash functions that OATH's algorithms are defined over, as OCRA suites spell them.
///
/// HOTP knows SHA-1 alone (RFC 4226, 5.1); TOTP adds the others (RFC 6238, 1.2); OCRA names one in each suite (RFC 6287, 6.2).
public enum HashAlgorithm: String, CaseIterable, Sendable {
    /// SHA-1, 20 bytes; inside HMAC its collisions do no harm (RFC 4226, appendix B).
    case sha1 = "SHA1"
    /// SHA-256, 32 bytes.
    case sha256 = "SHA256"
    /// SHA-512, 64 bytes.
    case sha512 = "SHA512"

    /// The length of a hash, in bytes; RFC 4226 recommends a key of the same length.
    public var byteCount: Int {
        switch self {
        case .sha1: Insecure.SHA1.byteCount
        case .sha256: SHA256.byteCount
        case .sha512: SHA512.byteCount
        }
    }
}

/// HMAC (RFC 2104) under one key, which is taken in once for any number of messages: that costs as much as a short message.
enum KeyedHash: Sendable {
    case sha1(HMAC<Insecure.SHA1>)
    case sha256(HMAC<SHA256>)
    case sha512(HMAC<SHA512>)

    init(_ algorithm: HashAlgorithm, key: SymmetricKey) {
        self =
            switch algorithm {
            case .sha1: .sha1(HMAC(key: key))
            case .sha256: .sha256(HMAC(key: key))
            case .sha512: .sha512(HMAC(key: key))
            }
    }

    /// The code over `parts`, one after the other, without ever joining them in memory.
    func authenticationCode(over parts: [any ContiguousBytes]) -> [UInt8] {
        switch self {
        case .sha1(let hmac): hmac.bytes(over: parts)
        case .sha256(let hmac): hmac.bytes(over: parts)
        case .sha512(let hmac): hmac.bytes(over: parts)
        }
    }
}

extension KeyedHash {
    /// The digits of a counter's 8 bytes, most significant first (RFC 4226, 5.2 and 5.3).
    func code(over counter: UInt64, digits: Int) -> String {
        switch self {
        case .sha1(let hmac): hmac.code(over: counter, digits: digits)
        case .sha256(let hmac): hmac.code(over: counter, digits: digits)
        case .sha512(let hmac): hmac.code(over: counter, digits: digits)
        }
    }
}

extension HMAC {
    fileprivate func code(over counter: UInt64, digits: Int) -> String {
        var hmac = self
        unsafe withUnsafeBytes(of: counter.bigEndian) { unsafe hmac.update(data: $0) }
        return unsafe hmac.finalize().withUnsafeBytes { unsafe DynamicTruncation.code(from: $0, digits: digits) }
    }

    fileprivate func bytes(over parts: [any ContiguousBytes]) -> [UInt8] {
        var hmac = self
        for part in parts { unsafe part.withUnsafeBytes { unsafe hmac.update(data: $0) } }
        return unsafe hmac.finalize().withUnsafeBytes { unsafe Array($0) }
    }
}

extension UInt64 {
    /// The 8 bytes, most significant first, in which OATH writes counters and time steps (RFC 4226, 5.2).
    var bigEndianBytes: [UInt8] { (0..<8).reversed().map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) } }
}
