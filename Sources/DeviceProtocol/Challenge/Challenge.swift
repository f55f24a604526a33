public import Foundation

/// What the bank asks someone to agree to: one id, one origin, one expiry, one content.
///
/// It has one canonical DER (``der``), from which every device's answer is computed.
public struct Challenge: Hashable, Sendable {
    /// What is asked.
    public enum Content: Hashable, Sendable {
        /// Opening a session.
        case login(Login)
        /// Adding someone who may be paid.
        case beneficiary(Beneficiary)
        /// Paying someone.
        case payment(Payment)
        /// Taking a device into use.
        case activation(Activation)
        /// Paying several at once.
        case batch(Batch)

        /// Whether this opens a session; everything else approves something.
        public var isLogin: Bool { if case .login = self { true } else { false } }

        /// Whether this moves money, or says who may get any.
        public var isApproval: Bool {
            switch self {
            case .payment, .batch, .beneficiary: true
            case .login, .activation: false
            }
        }
    }

    /// The most bytes of an origin.
    ///
    /// With it the largest payment that one person signs still fits, sealed, into a QR code of version 15 at error correction M.
    public static let originLimit = 58

    /// 16 random bytes; consumed once.
    public let id: ChallengeID
    /// The relying party, as a host name: `bank.example`.
    public let origin: DisplayText
    /// When it was made, in whole seconds.
    public let issuedAt: Date
    /// How long it may be answered, 1 to 86,400 s.
    public let timeToLive: Int
    /// What is asked.
    public let content: Content
    /// What this person signs as, where several must.
    public let role: SignerRole?
    /// The canonical DER (X.690, 10 and 11) of all the above: the one form that every answer covers.
    public let der: [UInt8]

    /// A challenge of checked parts; `issuedAt` is cut to whole seconds.
    ///
    /// - Throws: ``ContentError``; ``ContentError/invalidRole(_:)`` for a login with a role, because nobody logs in for others.
    public init(
        id: ChallengeID, origin: String, issuedAt: Date, timeToLive: Int = 120, content: Content, role: SignerRole? = nil
    ) throws(ContentError) {
        guard role == nil || !content.isLogin else { throw .invalidRole("a login is signed by one person") }
        guard (1...86_400).contains(timeToLive) else { throw .invalidLifetime(timeToLive) }
        let seconds = issuedAt.timeIntervalSince1970.rounded(.down)
        guard (0...Self.latest).contains(seconds) else { throw .invalidLifetime(timeToLive) }
        self.id = id
        self.origin = try DisplayText(origin, field: "origin", limit: Self.originLimit)
        self.issuedAt = Date(timeIntervalSince1970: seconds)
        self.timeToLive = timeToLive
        self.content = content
        self.role = role
        der = try Self.encode(id: id, origin: self.origin, issuedAt: seconds, timeToLive: timeToLive, content: content, role: role)
    }

    /// The last moment of year 9999, in seconds since 1970.
    private static let latest: TimeInterval = 253_402_300_799

    /// The first moment at which it can no longer be answered.
    public var expiresAt: Date { issuedAt.addingTimeInterval(TimeInterval(timeToLive)) }
}

/// The 16 bytes that name a challenge.
public struct ChallengeID: Hashable, Sendable {
    /// 16 bytes.
    public let bytes: [UInt8]

    /// Takes 16 bytes.
    ///
    /// - Throws: ``ContentError/invalidIdentifier(_:)`` for any other number.
    public init(_ bytes: [UInt8]) throws(ContentError) {
        guard bytes.count == 16 else { throw .invalidIdentifier("a challenge has 16 bytes, not \(bytes.count)") }
        self.bytes = bytes
    }

    /// Draws 16 bytes.
    public init(using generator: inout some RandomNumberGenerator) {
        bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}

extension ChallengeID: CustomStringConvertible {
    /// 32 lower-case hexadecimal digits.
    public var description: String { bytes.lowercaseHexadecimal }
}
