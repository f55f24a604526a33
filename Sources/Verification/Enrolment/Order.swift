public import DeviceProtocol
public import Foundation

/// A device that was ordered for a subscriber, on its way to the first use.
///
/// Its name becomes the enrolment's. Until the device's keys are known there is only this; then an enrolment that is
/// ``Enrolment/State/ordered`` stands beside it, and answers nothing but its activation.
public struct Order: Hashable, Sendable {
    /// Its name, and that of the enrolment.
    public let id: EnrolmentID
    /// For whom.
    public let subscriber: SubscriberID
    /// What.
    public let product: ProductProfile.ID
    /// Everything else.
    public internal(set) var record: Record
    /// How often it was changed; a store changes it only for who has seen the latest.
    public let version: Int

    /// An order as a store kept it.
    public init(id: EnrolmentID, subscriber: SubscriberID, product: ProductProfile.ID, record: Record, version: Int = 0) {
        self.id = id
        self.subscriber = subscriber
        self.product = product
        self.record = record
        self.version = version
    }

    /// What a store keeps of an order.
    public struct Record: Hashable, Sendable, Codable {
        /// Where it stands: ordered, active once it was activated, revoked or expired.
        public internal(set) var state: Enrolment.State
        /// When it was ordered.
        public let orderedAt: Date
        /// The first moment at which it cannot be activated any more.
        public let activateBefore: Date
        /// The number on the back of the device, where it is known.
        public let serial: DeviceID?
        /// How the person was identified.
        public let identification: Identification
        /// The accounts that the enrolment will be linked to.
        public let accounts: Set<AccountID>
        /// The code that was chosen at the order.
        public let activationCode: SecretHash?
        /// The code of the order letter.
        public internal(set) var challengeCode: SecretHash
        /// The steps that are done.
        public internal(set) var done: [ActivationStep]
        /// What the person calls the device.
        public internal(set) var name: String?
        /// The Scan or phone that is on its way, until it is paired.
        public internal(set) var sent: SentDevice?
        /// Which device it takes the place of.
        public internal(set) var replaces: DeviceID?
        /// How many wrong proofs came one after the other.
        public internal(set) var failures: Int
        /// Until when it is closed after wrong proofs.
        public internal(set) var closedUntil: Date?
        /// Whether the wrong proofs that are counted closed it; `nil` for no.
        var wasClosed: Bool?
    }

    /// Lets time do its part.
    mutating func settle(at now: Date) {
        if record.state == .ordered, now >= record.activateBefore { try? take(.expire) }
        if let end = record.closedUntil, now >= end { record.closedUntil = nil }
    }

    /// Takes an event of its life.
    ///
    /// - Throws: ``EnrolmentRefusal/illegal(_:_:)``.
    mutating func take(_ event: Lifecycle.Event) throws(EnrolmentRefusal) {
        guard let transition = Lifecycle.transition(from: record.state, on: event) else { throw .illegal(event, record.state) }
        record.state = transition.to
    }

    /// Forgets the wrong proofs.
    mutating func forgetFailures() {
        record.failures = 0
        record.wasClosed = nil
    }

    /// Counts a wrong proof: the order is closed for a time, then for good.
    mutating func countFailure(by rule: BlockingRule, at now: Date) -> Notice.Kind? {
        record.failures += 1
        switch rule.consequence(of: record.failures, wasBlocked: record.wasClosed ?? false, at: now) {
        case .counted: return nil
        case .blocked(let end, let tries):
            record.closedUntil = end
            record.wasClosed = true
            return .deviceBlocked(until: end, triesAfterwards: tries)
        case .blockedForGood:
            try? take(.revoke)
            return .deviceRevoked
        }
    }
}
