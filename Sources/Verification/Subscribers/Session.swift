import Crypto
import DeviceProtocol
public import Foundation

/// What a login opens: it ends after five minutes without activity, and at once when its device is suspended.
public struct Session: Hashable, Sendable {
    /// How long a session lasts without activity, in seconds.
    ///
    /// RTS, Article 4(3)(d): five minutes.
    public static let idleLimit: TimeInterval = 5 * 60

    /// Its name in the store; who holds the token knows it.
    public let id: SessionID
    /// Whose it is.
    public let subscriber: SubscriberID
    /// The enrolment of the device that opened it.
    public let enrolment: EnrolmentID
    /// What it opens.
    public let application: String
    /// Which account, where one was asked for.
    public let account: AccountID?
    /// When it began.
    public let startedAt: Date
    /// When it was last used.
    public internal(set) var lastActive: Date
    /// How often it was changed; a store changes it only for who has seen the latest.
    public let version: Int

    /// A session as a store kept it.
    public init(
        id: SessionID, subscriber: SubscriberID, enrolment: EnrolmentID, application: String, account: AccountID? = nil, startedAt: Date,
        lastActive: Date, version: Int = 0
    ) {
        self.id = id
        self.subscriber = subscriber
        self.enrolment = enrolment
        self.application = application
        self.account = account
        self.startedAt = startedAt
        self.lastActive = lastActive
        self.version = version
    }

    /// The first moment at which it is over when nothing happens before.
    public var endsAt: Date { lastActive.addingTimeInterval(Self.idleLimit) }
}

/// What a session is called in the store: SHA-256 of its token, so that nobody who reads the store can go on with it.
public struct SessionID: Hashable, Sendable, Codable {
    /// 32 bytes.
    public let bytes: [UInt8]

    /// A name that a store kept; `nil` for any other number of bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// The name of the session that a token opens.
    public init(_ token: SessionToken) {
        bytes = Array(SHA256.hash(data: Data("tessera/session/1".utf8) + token.bytes))
    }
}

/// What the person's browser shows to go on with a session: 32 random bytes, nowhere stored.
public struct SessionToken: Hashable, Sendable {
    let bytes: [UInt8]

    /// Draws a token.
    init(using generator: inout some RandomNumberGenerator) {
        bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// Reads what ``text`` wrote; `nil` for anything else.
    public init?(text: String) {
        guard text.utf8.count == 64, let bytes = [UInt8](lowercaseHexadecimal: text) else { return nil }
        self.bytes = bytes
    }

    /// 64 hexadecimal digits, for a cookie; never for a log.
    public var text: String { bytes.lowercaseHexadecimal }
}

extension SessionToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Nothing of it.
    public var description: String { "session token" }
    /// Nothing of it.
    public var debugDescription: String { description }
    /// Nothing to look into.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension [UInt8] {
    fileprivate init?(lowercaseHexadecimal text: String) {
        let digits = text.utf8.map { digit -> UInt8? in
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
            default: nil
            }
        }
        guard digits.count.isMultiple(of: 2), !digits.contains(nil) else { return nil }
        let values = digits.compactMap(\.self)
        self = stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }
}
