/// Why a code cannot be computed.
public enum OATHError: Error, Equatable, Sendable {
    /// A code of so many digits does not exist.
    case digits(Int)
    /// The key has no bytes, so that anybody can compute the codes.
    case emptyKey
    /// Not a whole number of seconds, or less than one.
    case timeStep(Duration)
    /// The time lies so many seconds behind the epoch: before it when negative, or too far away to be counted.
    case timeOutOfRange(secondsSinceEpoch: Double)
    /// The text is not an OCRA suite; `offset` counts the bytes before the first one that does not fit.
    case suite(String, offset: Int, expected: String)
    /// The suite wants an input that was not given.
    case missingInput(OCRAInput)
    /// An input was given that the suite does not cover: it would not protect what it seems to.
    case unexpectedInput(OCRAInput)
    /// A question of this many characters, or bytes, where the suite takes 1 to `maximum`.
    case questionLength(Int, maximum: Int)
    /// The question's character at `offset` is not of the suite's format.
    case questionCharacter(offset: Int, format: OCRASuite.QuestionFormat)
    /// Only a hexadecimal question can be given as bytes.
    case questionNotHexadecimal(OCRASuite.QuestionFormat)
    /// The PIN's hash has this many bytes, where the suite's has `expected`.
    case pinHashLength(Int, expected: Int)
    /// Session data of this many bytes, where the suite takes at most `maximum`.
    case sessionLength(Int, maximum: Int)
}

/// The inputs of OCRA, named as in RFC 6287, 5.1.
public enum OCRAInput: String, Sendable {
    /// C.
    case counter
    /// P, the hash of the PIN or password.
    case pinHash = "PIN hash"
    /// S.
    case session
    /// T.
    case timeStep = "time step"
}

extension OATHError: CustomStringConvertible {
    /// Without a fraction that is none.
    private static func written(_ seconds: Double) -> String { Int64(exactly: seconds).map { "\($0)" } ?? "\(seconds)" }

    private static func written(_ length: Duration) -> String {
        let (seconds, attoseconds) = length.components
        return attoseconds == 0 ? "\(seconds) seconds" : "\(length)"
    }

    /// What is wrong, and what would be right; never a key or a code.
    public var description: String {
        switch self {
        case .digits(let count):
            "a code of \(count) digits: take \(HOTP.digits.lowerBound) to \(HOTP.digits.upperBound)"
        case .emptyKey:
            "the key is empty: import it again"
        case .timeStep(let length):
            "a time step of \(Self.written(length)): take a whole number of seconds, at least one"
        case .timeOutOfRange(let seconds):
            "\(Self.written(seconds)) seconds since the epoch cannot be counted in steps: check the clock, and the epoch of the device"
        case .suite(let text, let offset, let expected):
            "OCRA suite \"\(text)\", character \(offset + 1): expected \(expected)"
        case .missingInput(let input):
            "the OCRA suite needs a \(input.rawValue)"
        case .unexpectedInput(let input):
            "the OCRA suite does not cover a \(input.rawValue): leave it out, or choose a suite that does"
        case .questionLength(let count, let maximum):
            "a question of length \(count), where the OCRA suite takes 1 to \(maximum)"
        case .questionCharacter(let offset, let format):
            "character \(offset + 1) of the question does not belong there: questions of this OCRA suite are \(format)"
        case .questionNotHexadecimal(let format):
            "bytes cannot answer this suite, whose questions are \(format): give text, or choose a suite with QH"
        case .pinHashLength(let count, let expected):
            "a PIN hash of \(count) bytes, where the OCRA suite's hash has \(expected)"
        case .sessionLength(let count, let maximum):
            "session data of \(count) bytes, where the OCRA suite takes at most \(maximum)"
        }
    }
}
