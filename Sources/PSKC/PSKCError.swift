/// Why a key container could not be read or written; no case holds a secret.
public enum PSKCError: Error, Equatable, Sendable {
    /// More bytes, elements or levels than a key container needs.
    case tooLarge(String)
    /// Not well-formed XML in UTF-8, as far as it was read.
    case malformed(line: Int)
    /// A document type declaration, which could name other files or swell up.
    case documentType
    /// Another document than a key container of version 1.0.
    case notAKeyContainer
    /// An element or attribute that has to be there.
    case missing(String, in: String)
    /// An element that does not belong there.
    case unexpected(String, in: String)
    /// An element that is there more than once.
    case repeated(String, in: String)
    /// A value that the element or attribute cannot have.
    case value(of: String, in: String)
    /// Something that RFC 6030 has and this module has not.
    case unsupported(String)
    /// The secrets are encrypted: it takes a key of this name.
    case keyNeeded(name: String?)
    /// The secrets are encrypted: it takes a password of this name.
    case passwordNeeded(name: String?)
    /// The secrets are not encrypted.
    case notEncrypted
    /// The key has this many bytes, the document's cipher `expected`.
    case keyLength(Int, expected: Int)
    /// An encrypted value without MAC, whose alteration nobody would see.
    case macMissing(String)
    /// The key or password is wrong, or the document was altered: the two cannot be told apart.
    case notAuthentic
    /// No memory for a secret.
    case memory
    /// The task that read it was cancelled.
    case cancelled
}

extension PSKCError: CustomStringConvertible {
    /// What is wrong, and what would be right.
    public var description: String {
        switch self {
        case .tooLarge(let what): "the key container has too many \(what): split it"
        case .malformed(let line): "the file is no XML in UTF-8, from line \(line) on: ask for it again"
        case .documentType: "the file has a document type declaration, which no key container needs: ask for one without"
        case .notAKeyContainer: "the file is no key container of version 1.0 (RFC 6030): choose another one"
        case .missing(let name, let place): "\"\(name)\" is missing in \"\(place)\": ask for a complete file"
        case .unexpected(let name, let place): "\"\(name)\" does not belong into \"\(place)\": ask for a correct file"
        case .repeated(let name, let place): "\"\(name)\" is there twice in \"\(place)\": ask for a correct file"
        case .value(let name, let place): "\"\(name)\" in \"\(place)\" has a value that it cannot have: ask for a correct file"
        case .unsupported(let what): "\(what) is not supported: ask for AES-CBC with HMAC, and a key or PBKDF2 password"
        case .keyNeeded(let name): "the secrets are encrypted: give the key\(Self.called(name))"
        case .passwordNeeded(let name): "the secrets are encrypted: give the password\(Self.called(name))"
        case .notEncrypted: "the secrets are not encrypted: give neither key nor password"
        case .keyLength(let count, let expected): "the key has \(count) bytes, and the document takes \(expected): give another one"
        case .macMissing(let place): "\"\(place)\" is encrypted without a MAC, so it may have been altered: ask for a file with MACs"
        case .notAuthentic: "the key or password is wrong, or the file was altered: give another one, or ask for the file again"
        case .memory: "there is no memory for a secret, or it has more than 4096 bytes: free some memory"
        case .cancelled: "cancelled: start again when ready"
        }
    }

    private static func called(_ name: String?) -> String { name.map { " that is called \"\($0)\"" } ?? "" }
}
