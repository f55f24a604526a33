public import Foundation

/// Which algorithm and which inputs make an OCRA code (RFC 6287, section 6).
///
/// Its text goes into every code, letter by letter: two spellings of one meaning give different codes.
public struct OCRASuite: Sendable, Equatable {
    /// How a question is written.
    public enum QuestionFormat: String, Sendable {
        /// Letters and digits of ASCII (QA), taken as they are.
        case alphanumeric = "A"
        /// Decimal digits (QN), taken as one number.
        case numeric = "N"
        /// Hexadecimal digits (QH).
        case hexadecimal = "H"
    }

    /// The suite as it is written.
    public let text: String
    /// The hash below the HMAC.
    public let algorithm: HashAlgorithm
    /// The number of digits of a code, 4 to 10; 0 when the code is the whole HMAC.
    public let digits: Int
    /// Whether a counter goes in (C).
    public let hasCounter: Bool
    /// How the question is written (Q).
    public let questionFormat: QuestionFormat
    /// The length up to which a question goes, 4 to 64 characters.
    public let questionLength: Int
    /// The hash of the PIN or password that goes in (P).
    public let pinHash: HashAlgorithm?
    /// The length to which session data is padded (S), 1 to 512 bytes.
    public let sessionLength: Int?
    /// How the time that goes in is counted (T), from the epoch of Unix.
    public let timeSteps: TimeSteps?

    /// The suite of a plain signature over a 32-byte hash, with a code of 8 digits (RFC 6287, 7.3).
    public static let sha256Digits8Hexadecimal64 = OCRASuite(
        text: "OCRA-1:HOTP-SHA256-8:QH64", algorithm: .sha256, digits: 8, hasCounter: false, questionFormat: .hexadecimal,
        questionLength: 64, pinHash: nil, sessionLength: nil, timeSteps: nil)

    /// The time step at `date`; `nil` when no time goes into this suite.
    ///
    /// - Throws: ``OATHError/timeOutOfRange(secondsSinceEpoch:)``.
    public func step(at date: Date) throws(OATHError) -> UInt64? {
        try timeSteps?.step(at: date)
    }
}

extension OCRASuite: CustomStringConvertible {
    /// The suite as it is written.
    public var description: String { text }
}

extension OCRASuite.QuestionFormat: CustomStringConvertible {
    /// The format in words.
    public var description: String {
        switch self {
        case .alphanumeric: "alphanumeric"
        case .numeric: "numeric"
        case .hexadecimal: "hexadecimal"
        }
    }
}
