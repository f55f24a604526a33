public import DeviceProtocol
public import Foundation

/// One device of one subscriber, and its state.
public struct Enrolment: Equatable, Sendable {
    /// Where its life stands; ``Lifecycle/table`` says what leads where.
    public enum State: String, Sendable, Codable, CaseIterable {
        /// It waits for its activation, and answers nothing but that.
        case ordered
        /// It may be used.
        case active
        /// Lost, stolen or under suspicion: nothing is accepted from it until it is re-activated.
        case suspended
        /// Too many consecutive wrong answers (RTS Art. 4(3)(b)): nothing is accepted from it until its time is over or it is re-activated.
        case blocked
        /// Ended for good.
        case revoked
        /// Not activated in time, or no longer valid.
        case expired
        /// Another device has taken its place.
        case replaced
    }

    /// Its name.
    public let id: EnrolmentID
    /// Whose it is.
    public let subscriber: SubscriberID
    /// Which device.
    public let device: DeviceID
    /// Which product that is.
    public let product: ProductProfile.ID
    /// Whether the device is a program; only a test store holds such.
    public let isEmulated: Bool
    /// Where its life stands.
    public internal(set) var state: State
    /// How many wrong answers came one after the other; no new operation resets it.
    public internal(set) var failures: Int
    /// What its answers are checked with.
    public internal(set) var credential: Credential
    /// What its challenges are sealed with: for a Scan or phone.
    public internal(set) var sealing: ScanSealing?
    /// Name, dates, identification, accounts.
    public internal(set) var life: EnrolmentLife
    /// How often it was changed; a store changes it only for who has seen the latest.
    public let version: Int

    /// An enrolment as a store kept it.
    public init(
        id: EnrolmentID, subscriber: SubscriberID, device: DeviceID, product: ProductProfile.ID, isEmulated: Bool, state: State = .active,
        failures: Int = 0, credential: Credential, sealing: ScanSealing? = nil, life: EnrolmentLife = EnrolmentLife(), version: Int = 0
    ) {
        self.id = id
        self.subscriber = subscriber
        self.device = device
        self.product = product
        self.isEmulated = isEmulated
        self.state = state
        self.failures = failures
        self.credential = credential
        self.sealing = sealing
        self.life = life
        self.version = version
    }

    /// Takes an event of its life.
    ///
    /// - Throws: ``EnrolmentRefusal/illegal(_:_:)``, and nothing changes, where the table has no such row.
    mutating func take(_ event: Lifecycle.Event) throws(EnrolmentRefusal) {
        guard let transition = Lifecycle.transition(from: state, on: event) else { throw .illegal(event, state) }
        state = transition.to
        if state != .blocked { life.blockedUntil = nil }
        if state != .suspended { life.suspension = nil }
        switch event {
        case .reactivate, .reset:
            forgetFailures()
            life.helpdeskCode = nil
            credential.forgetDrift()
        // What the helpdesk told somebody before was told for another reason.
        case .suspend, .lapse: life.helpdeskCode = nil
        case .activate, .block, .renew, .revoke, .expire, .replace: break
        }
    }

    /// Lets time do its part: a block that is over, a validity that is over.
    mutating func settle(at now: Date) {
        if let end = life.validUntil, now >= end { try? take(.expire) }
        if let end = life.blockedUntil, now >= end { try? take(.lapse) }
    }

    /// As it stands at a moment: with a block or validity over that ends by time.
    public func settled(at now: Date) -> Enrolment {
        var settled = self
        settled.settle(at: now)
        return settled
    }

    /// Refuses to go on with a device that may not answer `content`: while it is ordered, its own activation is all that it answers.
    func requireUsable(for content: Challenge.Content) throws(VerificationError) {
        guard isUsable(for: content) else { throw .deviceNotActive(device, state) }
    }

    /// Whether an answer to `content` is looked at.
    func isUsable(for content: Challenge.Content) -> Bool {
        guard state == .ordered, case .activation(let activation) = content else { return state == .active }
        return activation.product.value == product.rawValue && activation.device.value == device.rawValue
    }

    /// Counts a wrong answer, and blocks when there are too many; what the person has to be told, if anything.
    ///
    /// One that was never active is not blocked but revoked: nobody has used it yet, and a letter can be sent again.
    mutating func countFailure(by rule: BlockingRule, at now: Date) -> Notice.Kind? {
        guard state == .active || state == .ordered else { return nil }
        failures += 1
        let consequence = rule.consequence(of: failures, wasBlocked: life.wasBlocked ?? false, at: now)
        guard consequence != .counted else { return nil }
        if state == .ordered {
            try? take(.revoke)
            return .deviceRevoked
        }
        try? take(.block)
        guard case .blocked(let end, let tries) = consequence else { return .deviceBlockedForGood }
        life.blockedUntil = end
        life.wasBlocked = true
        return .deviceBlocked(until: end, triesAfterwards: tries)
    }

    /// Forgets the wrong answers.
    mutating func forgetFailures() {
        failures = 0
        life.wasBlocked = nil
    }
}

extension [Enrolment] {
    /// Those that count against a person's limit: all whose life goes on at `now`.
    func living(at now: Date) -> [Enrolment] {
        map { $0.settled(at: now) }.filter { !$0.state.isFinal }
    }
}
