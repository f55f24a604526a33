public import Crypto

/// Codes from a counter (RFC 4226).
///
/// A code is a string of decimal digits, as a device shows it: leading zeros belong to it. Compare codes in constant time.
public struct HOTP: Sendable {
    /// How many digits a code can have.
    ///
    /// RFC 4226 asks for 6 and allows more (5.3); its 31 bits are spent with the tenth.
    public static let digits = 6...10

    private let hash: KeyedHash
    /// The number of digits of a code.
    public let digits: Int
    /// The hash below the HMAC; devices other than SHA-1 ones exist, although RFC 4226 has none.
    public let algorithm: HashAlgorithm

    /// Codes from `key`.
    ///
    /// - Parameter key: RFC 4226 wants at least 16 bytes (section 4, R6); devices with 10 are in use, so only an empty key is refused.
    /// - Throws: ``OATHError/digits(_:)``, ``OATHError/emptyKey``.
    public init(key: SymmetricKey, digits: Int = 6, algorithm: HashAlgorithm = .sha1) throws(OATHError) {
        guard Self.digits.contains(digits) else { throw .digits(digits) }
        guard key.bitCount > 0 else { throw .emptyKey }
        hash = KeyedHash(algorithm, key: key)
        self.digits = digits
        self.algorithm = algorithm
    }

    /// The code for one value of the counter (RFC 4226, 5.3).
    public func code(counter: UInt64) -> String { hash.code(over: counter, digits: digits) }
}
