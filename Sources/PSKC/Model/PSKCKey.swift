public import Crypto

/// One key: its secret, its state, its rules (`Key`, RFC 6030, 4.2).
public struct PSKCKey: Sendable {
    /// What a key is for, as a URI (RFC 6030, section 10); others exist.
    public struct Algorithm: RawRepresentable, Sendable, Hashable {
        /// The URI.
        public let rawValue: String
        /// The algorithm that has this URI.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// HOTP.
        public static let hotp = Algorithm(rawValue: "urn:ietf:params:xml:ns:keyprov:pskc:hotp")
        /// A PIN, in characters.
        public static let pin = Algorithm(rawValue: "urn:ietf:params:xml:ns:keyprov:pskc:pin")
        /// TOTP (draft-hoyer-keyprov-pskc-algorithm-profiles).
        public static let totp = Algorithm(rawValue: "urn:ietf:params:xml:ns:keyprov:pskc:totp")
        /// OCRA (the same draft).
        public static let ocra = Algorithm(rawValue: "urn:ietf:params:xml:ns:keyprov:pskc:ocra")
    }

    /// How the secret stands in a document.
    public enum SecretForm: String, Sendable {
        /// Not there; ``PSKCKey/reference`` may name it.
        case absent
        /// For everybody to read.
        case plain
        /// Encrypted.
        case encrypted
    }

    /// The name of the key, unique where it is used.
    public var id: String
    /// What it is for.
    public var algorithm: Algorithm?
    /// Who gave it out.
    public var issuer: String?
    /// More about the algorithm: an OCRA suite, or the hash of TOTP (`HMAC-SHA256`).
    public var suite: String?
    /// What the device takes.
    public var challengeFormat: ChallengeFormat?
    /// What it answers.
    public var responseFormat: ResponseFormat?
    /// The name of a profile that both sides know.
    public var profileID: String?
    /// The name of a key that both sides know, from which this one comes.
    public var reference: String?
    /// A name for the person.
    public var friendlyName: String?
    /// Whose key it is.
    public var userID: String?
    /// The secret; `nil` in ``PSKCDocument/outline``, and where only its reference is known.
    public var secret: SymmetricKey?
    /// How the secret stood in the document that was read.
    public internal(set) var secretForm = SecretForm.absent
    /// HOTP's counter of the next code; at most 2^63 - 1.
    public var counter: UInt64?
    /// TOTP's step from which the device counts.
    public var time: Int64?
    /// How many seconds a step of TOTP lasts.
    public var timeInterval: UInt32?
    /// How many steps the device's clock is ahead, negative when it is behind.
    public var timeDrift: Int32?
    /// What it may be used for.
    public var policy: KeyPolicy?

    /// A key without anything but a name.
    public init(id: String, algorithm: Algorithm? = nil, secret: SymmetricKey? = nil) {
        self.id = id
        self.algorithm = algorithm
        self.secret = secret
    }
}
