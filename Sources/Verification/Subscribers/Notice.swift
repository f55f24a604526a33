public import DeviceProtocol
public import Foundation

/// Something that a person has to be told, out of band: by letter, message or call, not on the page that they are looking at.
///
/// It is stored in the transaction that made it true; the bank delivers it.
public struct Notice: Hashable, Sendable, Codable {
    /// What happened.
    public enum Kind: Hashable, Sendable, Codable {
        /// The person is blocked for a time; so many more wrong answers block for good (RTS Art. 4(3)(b)).
        case personBlocked(until: Date, triesAfterwards: Int)
        /// The person is blocked for good.
        case personBlockedForGood
        /// The device is blocked for a time; so many more wrong answers block for good.
        case deviceBlocked(until: Date, triesAfterwards: Int)
        /// The device is blocked for good.
        case deviceBlockedForGood
        /// The device's activation failed too often; it has to be ordered anew.
        case deviceRevoked
        /// The device is suspended.
        case deviceSuspended(SuspensionReason)
        /// The device can be used again.
        case deviceReactivated
        /// The device was activated.
        case deviceActivated
        /// Another device has taken its place.
        case deviceReplaced
        /// The password was changed.
        case passwordChanged
        /// An initial password was sent; the former one is worth nothing now.
        case initialPasswordSent
        /// The person is unblocked.
        case personUnblocked
        /// A secret image was chosen, for the first time or anew.
        case secretImageChosen
    }

    /// Whom it concerns.
    public let subscriber: SubscriberID
    /// Which device, if one.
    public let device: DeviceID?
    /// What happened.
    public let kind: Kind
    /// When.
    public let at: Date

    /// A notice.
    public init(subscriber: SubscriberID, device: DeviceID? = nil, kind: Kind, at: Date) {
        self.subscriber = subscriber
        self.device = device
        self.kind = kind
        self.at = at
    }
}

/// A notice with its place among all, which grows: who delivers them remembers the last one.
public struct NumberedNotice: Hashable, Sendable {
    /// The place.
    public let number: Int64
    /// What has to be told.
    public let notice: Notice

    /// A notice at its place.
    public init(number: Int64, notice: Notice) {
        self.number = number
        self.notice = notice
    }
}

extension Notice: CustomStringConvertible {
    /// One sentence for the person.
    public var description: String {
        let device = device.map { "your device \"\($0)\"" } ?? "your device"
        return switch kind {
        case .personBlocked(let end, let tries):
            "too many wrong answers: your access is blocked until \(end.formatted(.iso8601)); \(tries) more after that block it for good"
        case .personBlockedForGood: "too many wrong answers: your access is blocked; another device or the helpdesk opens it again"
        case .deviceBlocked(let end, let tries):
            "too many wrong answers: \(device) is blocked until \(end.formatted(.iso8601)); \(tries) more after that block it for good"
        case .deviceBlockedForGood: "too many wrong answers: \(device) is blocked; another device or the helpdesk opens it again"
        case .deviceRevoked: "too many wrong answers: \(device) was not activated and has to be ordered anew"
        case .deviceSuspended(.person): "\(device) is suspended, as you asked"
        case .deviceSuspended(.bank): "\(device) is suspended by the bank"
        case .deviceSuspended(.fraud): "\(device) is suspended: somebody else may have used it; all sessions have ended"
        case .deviceReactivated: "\(device) can be used again"
        case .deviceActivated: "\(device) was activated"
        case .deviceReplaced: "\(device) was replaced by another one"
        case .passwordChanged: "your password was changed"
        case .initialPasswordSent: "a new initial password is on its way; a former one is worth nothing now"
        case .personUnblocked: "your access is open again"
        case .secretImageChosen: "a secret image was chosen: from now on, look for it before you type anything"
        }
    }
}

extension StoreTransaction {
    /// Leaves a notice, where there is one to leave, and says in the audit log what it says.
    func tell(
        _ kind: Notice.Kind?, to subscriber: SubscriberID, about device: DeviceID? = nil, because reason: String? = nil, at now: Date
    ) throws(StoreError) {
        guard let kind else { return }
        try insert(Notice(subscriber: subscriber, device: device, kind: kind, at: now))
        let (event, detail) = kind.inAudit
        let whole = reason.map { "\(detail), by \($0)" } ?? detail
        try append(AuditEvent(event, at: now, subscriber: subscriber, device: device, detail: whole))
    }
}

extension Notice.Kind {
    /// What the audit log says of it.
    fileprivate var inAudit: (AuditEvent.Kind, detail: String) {
        switch self {
        case .personBlocked: (.blocked, "person, for a time")
        case .personBlockedForGood: (.blocked, "person, for good")
        case .deviceBlocked: (.blocked, "device, for a time")
        case .deviceBlockedForGood: (.blocked, "device, for good")
        case .deviceRevoked: (.revoked, "activation failed too often")
        case .deviceSuspended(let reason): (.suspended, reason.rawValue)
        case .deviceReactivated: (.resumed, "device")
        case .deviceActivated: (.activated, "device")
        case .deviceReplaced: (.revoked, "replaced")
        case .passwordChanged: (.configurationChanged, "password changed")
        case .initialPasswordSent: (.configurationChanged, "initial password sent")
        case .personUnblocked: (.resumed, "person")
        case .secretImageChosen: (.configurationChanged, "secret image chosen")
        }
    }
}
