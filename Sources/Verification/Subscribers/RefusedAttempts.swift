import DeviceProtocol
import Foundation

/// What a person tried that is refused, for the audit log.
enum Attempted: String {
    case login, answers, password
    case newPassword = "new password"
    case helpdeskCode = "helpdesk code"
    case challengeCode = "challenge code"
    case approval
}

extension StoreTransaction {
    /// Refuses what a person tried: it counts, the person is told of a block, and the audit log has one row of it.
    ///
    /// - Parameter isWritten: whether the log has a row of it already, by the device's answer.
    func refuse(
        _ attempted: Attempted, of subscriber: inout Subscriber, about device: DeviceID? = nil, isWritten: Bool = false,
        by rule: BlockingRule, at now: Date
    ) throws(StoreError) {
        let isWayBack = attempted == .challengeCode || attempted == .helpdeskCode
        let notice = subscriber.countFailure(by: rule, at: now, isWayBack: isWayBack)
        if !isWritten { try write(attempted, of: subscriber, about: device, at: now) }
        try tell(notice, to: subscriber.id, at: now)
        try update(subscriber)
    }

    /// Writes down what a person tried and was refused, without counting it.
    func write(_ attempted: Attempted, of subscriber: Subscriber, about device: DeviceID? = nil, at now: Date) throws(StoreError) {
        try append(
            AuditEvent(
                .refused, at: now, subscriber: subscriber.id, device: device,
                detail: "\(attempted.rawValue), failures of the person \(subscriber.record.failures)"))
    }

    /// Forgets a person's wrong answers to operations: somebody made sure of the person.
    func forgetWrongApprovals(of id: SubscriberID, because reason: String, at now: Date) throws(StoreError) {
        guard var subscriber = try subscriber(id), subscriber.record.approvals != nil else { return }
        try forgetWrongApprovals(of: &subscriber, because: reason, at: now)
        try update(subscriber)
    }

    /// The same, for who stores the person; they are told when that opens them again.
    func forgetWrongApprovals(of subscriber: inout Subscriber, because reason: String, at now: Date) throws(StoreError) {
        let wasBlocked = subscriber.isBlockedFromApproving(at: now)
        subscriber.forgetWrongApprovals()
        if wasBlocked, !subscriber.isBlocked(at: now) { try tell(.personUnblocked, to: subscriber.id, because: reason, at: now) }
    }

    /// Refuses what nobody that is known tried, with as much writing; the row of it has no name, or anybody could write names there.
    func refuseStranger(_ attempted: Attempted, at now: Date) throws(StoreError) {
        try countStranger()
        try append(AuditEvent(.refused, at: now, detail: "\(attempted.rawValue), nobody known"))
    }
}
