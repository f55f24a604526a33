public import DeviceProtocol
public import FoundationEssentials

/// Which rows of the audit log are wanted: those that fit everything that is named.
public struct AuditFilter: Hashable, Sendable {
    /// Whom they are about; with all of their devices, and without any.
    public var subscriber: SubscriberID?
    /// Which device they are about, whoever had it.
    public var device: DeviceID?
    /// Which operation they are about.
    public var operation: ChallengeID?
    /// What happened.
    public var kind: AuditEvent.Kind?
    /// Whose request it was.
    public var caller: String?
    /// For whom they asked.
    public var clerk: String?
    /// The first moment of them, by the clock of who wrote them.
    public var since: Date?

    /// A filter; without anything named all rows fit.
    public init(
        subscriber: SubscriberID? = nil, device: DeviceID? = nil, operation: ChallengeID? = nil, kind: AuditEvent.Kind? = nil,
        caller: String? = nil, clerk: String? = nil, since: Date? = nil
    ) {
        self.subscriber = subscriber
        self.device = device
        self.operation = operation
        self.kind = kind
        self.caller = caller
        self.clerk = clerk
        self.since = since
    }

    /// Whether all rows fit.
    public var isEmpty: Bool { self == AuditFilter() }
}

extension AuditEvent.Kind {
    /// The kind that a person writes, with spaces or with hyphens in their place: `configuration-changed`.
    ///
    /// `nil` for anything but 1 to 64 letters of ASCII, spaces and hyphens, the first a small letter: no kind is named so.
    public init?(words: String) {
        let small = UInt8(ascii: "a")...UInt8(ascii: "z")
        // A capital lacks one bit of its small letter.
        guard let first = words.utf8.first, small.contains(first), words.utf8.count <= 64,
            words.utf8.allSatisfy({ small.contains($0 | 0x20) || $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "-") })
        else { return nil }
        self.init(rawValue: String(words.map { $0 == "-" ? " " : $0 }))
    }
}
