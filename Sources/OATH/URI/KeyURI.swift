public import Crypto
import Foundation

/// A key and everything that its codes depend on, in one line: `otpauth://totp/…` (Google's "Key URI Format").
///
/// What stands in QR codes of enrolment. Strict: a parameter that is not known is refused, since it may change the codes.
public struct KeyURI: Sendable {
    /// What moves a code on.
    public enum MovingFactor: Sendable, Equatable {
        /// HOTP, and the counter of the next code.
        case counter(UInt64)
        /// TOTP, and how many seconds a code lasts: 1 to 86400.
        case period(Int)
    }

    /// The longest text that is read, in bytes.
    public static let maximumLength = 4096

    /// The secret.
    public let key: SymmetricKey
    /// Whose key it is; never empty, without a colon.
    public let account: String
    /// Who gave it out; never empty, without a colon.
    public let issuer: String?
    /// The hash below the HMAC.
    public let algorithm: HashAlgorithm
    /// The number of digits of a code, 6 to 10; the format itself knows 6 and 8.
    public let digits: Int
    /// What moves a code on.
    public let factor: MovingFactor

    /// Puts the parts together.
    ///
    /// - Throws: ``OATHURIError/value(of:expected:)``, ``OATHURIError/missing(_:)``.
    public init(
        key: SymmetricKey, account: String, issuer: String? = nil, algorithm: HashAlgorithm = .sha1, digits: Int = 6,
        factor: MovingFactor = .period(30)
    ) throws(OATHURIError) {
        guard key.bitCount > 0 else { throw .missing("secret") }
        guard HOTP.digits.contains(digits) else { throw .value(of: "digits", expected: "6 to 10") }
        if case .period(let seconds) = factor, !(1...86_400).contains(seconds) {
            throw .value(of: "period", expected: "1 to 86400 seconds")
        }
        self.account = try Self.name(account, of: "label")
        self.issuer = if let issuer { try Self.name(issuer, of: "issuer") } else { nil }
        self.key = key
        self.algorithm = algorithm
        self.digits = digits
        self.factor = factor
    }

    private static func name(_ name: String, of part: String) throws(OATHURIError) -> String {
        guard !name.isEmpty, !name.contains(":"), name.isPlainText, name.first != " ", name.last != " " else {
            throw .value(of: part, expected: "a name without colon, and without spaces at its ends")
        }
        return name
    }

    /// The line that ``init(parsing:)`` reads: it holds the secret.
    public var text: String {
        let label = [issuer, account].compactMap { $0.map { PercentEncoding.encode($0, keeping: "@") } }.joined(separator: ":")
        let secret = unsafe key.withUnsafeBytes { unsafe Base32.encode($0) }
        var parameters = ["secret=\(secret)"]
        if let issuer { parameters.append("issuer=" + PercentEncoding.encode(issuer)) }
        parameters += ["algorithm=\(algorithm.rawValue)", "digits=\(digits)"]
        let kind =
            switch factor {
            case .counter(let counter):
                ("hotp", "counter=\(counter)")
            case .period(let seconds):
                ("totp", "period=\(seconds)")
            }
        return "otpauth://\(kind.0)/\(label)?" + (parameters + [kind.1]).joined(separator: "&")
    }

    /// The codes of an event-based key; `nil` for a time-based one.
    ///
    /// - Throws: ``OATHError``, never for a value of this type.
    public func hotp() throws(OATHError) -> HOTP? {
        guard case .counter = factor else { return nil }
        return try HOTP(key: key, digits: digits, algorithm: algorithm)
    }

    /// The codes of a time-based key; `nil` for an event-based one.
    ///
    /// - Throws: ``OATHError``, never for a value of this type.
    public func totp() throws(OATHError) -> TOTP? {
        guard case .period(let seconds) = factor else { return nil }
        return try TOTP(key: key, digits: digits, algorithm: algorithm, step: .seconds(seconds))
    }
}
