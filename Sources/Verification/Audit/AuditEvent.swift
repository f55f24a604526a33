public import DeviceProtocol
public import Foundation

/// Something that matters to whoever asks later what happened: who decided what, and when.
///
/// It holds no code, no key, no password and no text of a payment.
public struct AuditEvent: Hashable, Sendable {
    /// What happened; an open set, so that a log of a newer version can be read.
    public struct Kind: RawRepresentable, Hashable, Sendable, Codable {
        /// The name, as it is stored.
        public let rawValue: String

        /// A kind.
        public init(rawValue: String) { self.rawValue = rawValue }
    }

    /// What happened.
    public let kind: Kind
    /// When, by the clock of who decided.
    public let at: Date
    /// Whom it is about; `nil` for what concerns everybody.
    public let subscriber: SubscriberID?
    /// Which device.
    public let device: DeviceID?
    /// Which operation.
    public let operation: ChallengeID?
    /// Facts in a few plain words: `failures 3`, `challenge 5f…`.
    public let detail: String
    /// Whether it comes about by itself, in whoever's request that is found: a time that is over, a clock that was set.
    public private(set) var isUnasked = false

    /// An event.
    public init(
        _ kind: Kind, at: Date, subscriber: SubscriberID? = nil, device: DeviceID? = nil, operation: ChallengeID? = nil, detail: String = ""
    ) {
        self.kind = kind
        self.at = at
        self.subscriber = subscriber
        self.device = device
        self.operation = operation
        self.detail = detail
    }

    /// An event of one enrolment.
    public init(
        _ kind: Kind, of enrolment: Enrolment, at: Date, operation: ChallengeID? = nil, detail: String = ""
    ) {
        self.init(
            kind, at: at, subscriber: enrolment.subscriber, device: enrolment.device, operation: operation, detail: detail)
    }
}

extension AuditEvent {
    /// The same where nobody asked for it.
    var unasked: AuditEvent {
        var event = self
        event.isUnasked = true
        return event
    }
}

extension AuditEvent.Kind {
    /// An answer was right.
    public static let accepted = Self(rawValue: "accepted")
    /// An answer was wrong, or came too late.
    public static let refused = Self(rawValue: "refused")
    /// Too many wrong answers (RTS, Article 4(3)(b)).
    public static let blocked = Self(rawValue: "blocked")
    /// A customer was created.
    public static let created = Self(rawValue: "created")
    /// A device was ordered.
    public static let ordered = Self(rawValue: "ordered")
    /// What an ordered device's answers are checked with is known.
    public static let registered = Self(rawValue: "registered")
    /// A device was enrolled, and may be used.
    public static let activated = Self(rawValue: "activated")
    /// A device was suspended.
    public static let suspended = Self(rawValue: "suspended")
    /// A device may be used again.
    public static let resumed = Self(rawValue: "resumed")
    /// A device is never used again; another may have taken its place.
    public static let revoked = Self(rawValue: "revoked")
    /// Keys, policy or software were changed.
    public static let configurationChanged = Self(rawValue: "configuration changed")
    /// The clock stands before the event that was written last.
    public static let clockJumped = Self(rawValue: "clock jumped")
    /// The personal data of earlier rows was erased.
    public static let erased = Self(rawValue: "erased")
}
