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
        /// A device was ordered for the person.
        case deviceOrdered(ProductProfile.ID)
        /// An order was taken back before its device was activated.
        case orderCancelled(ProductProfile.ID)
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
        /// The device was revoked, and is never used again.
        case deviceEnded
        /// The device is valid longer, until then.
        case deviceRenewed(until: Date)
        /// It was noted anew how the person was identified for the device, which decides what it opens.
        case deviceIdentified
        /// The device opens another account, or one less.
        case accountsChanged
        /// The password was changed.
        case passwordChanged
        /// The security questions were replaced.
        case questionsChanged
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
        case .deviceOrdered(let product): "a device (\(product)) was ordered for you; tell the bank at once if you did not ask for it"
        case .orderCancelled(let product): "the order of a device (\(product)) was cancelled; nobody can activate it any more"
        case .deviceRevoked: "too many wrong answers: \(device) was not activated and has to be ordered anew"
        case .deviceSuspended(.person): "\(device) is suspended, as you asked"
        case .deviceSuspended(.bank): "\(device) is suspended by the bank"
        case .deviceSuspended(.fraud): "\(device) is suspended: somebody else may have used it; all sessions have ended"
        case .deviceReactivated: "\(device) can be used again"
        case .deviceActivated: "\(device) was activated"
        case .deviceReplaced: "\(device) was replaced by another one"
        case .deviceEnded: "\(device) was revoked and can never be used again"
        case .deviceRenewed(let end): "\(device) was renewed and can be used until \(end.day)"
        case .deviceIdentified: "how you were identified for \(device) was noted anew, and with it what the device opens"
        case .accountsChanged: "the accounts that \(device) opens were changed"
        case .passwordChanged: "your password was changed"
        case .questionsChanged: "your security questions were changed"
        case .initialPasswordSent: "a new initial password is on its way; a former one is worth nothing now"
        case .personUnblocked: "your access is open again"
        case .secretImageChosen: "a secret image was chosen: from now on, look for it before you type anything"
        }
    }
}

extension StoreTransaction {
    /// Leaves a notice, where there is one to leave, and says in the audit log what it says.
    ///
    /// - Parameter facts: what the log says in place of the usual; neither an account nor a name that a person gave.
    func tell(
        _ kind: Notice.Kind?, to subscriber: SubscriberID, about device: DeviceID? = nil, because reason: String? = nil,
        writing facts: String? = nil, at now: Date
    ) throws(StoreError) {
        guard let kind else { return }
        try insert(Notice(subscriber: subscriber, device: device, kind: kind, at: now))
        let (event, usual) = kind.inAudit
        let detail = facts ?? usual
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
        case .deviceOrdered(let product): (.ordered, product.rawValue)
        case .orderCancelled: (.revoked, "order cancelled")
        case .deviceRevoked: (.revoked, "activation failed too often")
        case .deviceSuspended(let reason): (.suspended, reason.rawValue)
        case .deviceReactivated: (.resumed, "device")
        case .deviceActivated: (.activated, "device")
        case .deviceReplaced: (.revoked, "replaced")
        case .deviceEnded: (.revoked, "device")
        case .deviceRenewed(let end): (.configurationChanged, "renewed until \(end.day)")
        case .deviceIdentified: (.configurationChanged, "identified")
        case .accountsChanged: (.configurationChanged, "accounts")
        case .passwordChanged: (.configurationChanged, "password changed")
        case .questionsChanged: (.configurationChanged, "security questions")
        case .initialPasswordSent: (.configurationChanged, "initial password sent")
        case .personUnblocked: (.resumed, "person")
        case .secretImageChosen: (.configurationChanged, "secret image chosen")
        }
    }
}

extension Date {
    /// The day in Greenwich: `2032-11-23`.
    fileprivate var day: String { formatted(.iso8601.year().month().day()) }
}
