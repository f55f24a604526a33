/// Why a text is not the URI, the form or the document that it should be.
///
/// No case ever holds a secret, only the names of parts.
public enum OATHURIError: Error, Equatable, Sendable {
    /// It does not begin with this scheme.
    case scheme(expected: String)
    /// It has more bytes than this.
    case tooLong(maximum: Int)
    /// A part is not encoded as a URI wants it, or holds characters that hide or steer text.
    case encoding(of: String)
    /// A part is missing.
    case missing(String)
    /// A part is there twice.
    case repeated(String)
    /// A part that is not known: it may change the codes.
    case unknown(String)
    /// A part has a value that it cannot have.
    case value(of: String, expected: String)
    /// Two parts say different things.
    case contradiction(String, String)
}

extension OATHURIError: CustomStringConvertible {
    /// What is wrong, and what would be right.
    public var description: String {
        switch self {
        case .scheme(let scheme): "the text is of another kind: take one that begins with \(scheme)"
        case .tooLong(let maximum): "the text is too long: take one of at most \(maximum) bytes"
        case .encoding(let part): "\"\(part)\" is not encoded as a URI wants it: write what is no letter and no digit as % and two digits"
        case .missing(let part): "\"\(part)\" is missing: ask for a complete text"
        case .repeated(let part): "\"\(part)\" is there twice: ask which one is meant"
        case .unknown(let part): "\"\(part)\" is not known and may change the codes: remove it if it does not"
        case .value(let part, let expected): "\"\(part)\" has a value that it cannot have: take \(expected)"
        case .contradiction(let one, let other): "\"\(one)\" and \"\(other)\" say different things: ask which one is meant"
        }
    }
}
