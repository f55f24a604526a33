public import DeviceProtocol
public import Foundation
import Secrets

/// The customers: they are created, choose a password and questions, and change them.
public struct Subscribers: Sendable {
    /// How many security questions somebody has. (Inferred: that there are several is stated, the number is not.)
    public static let questionCounts = 3...10

    let store: any Store
    let hasher: SecretHasher
    let rule: PasswordRule
    let policy: VerificationPolicy
    let now: @Sendable () -> Date
    let random: @Sendable () -> any RandomNumberGenerator

    /// The subscribers in `store`.
    ///
    /// - Parameters:
    ///   - hasher: the queue that hashes; one for the whole process.
    ///   - rule: what a password has to be.
    ///   - now: tells the time.
    ///   - random: gives the source of initial passwords and codes.
    public init(
        store: any Store, hasher: SecretHasher, rule: PasswordRule = PasswordRule(), policy: VerificationPolicy = VerificationPolicy(),
        now: @escaping @Sendable () -> Date = { Date() },
        random: @escaping @Sendable () -> any RandomNumberGenerator = { SystemRandomNumberGenerator() }
    ) {
        self.store = store
        self.hasher = hasher
        self.rule = rule
        self.policy = policy
        self.now = now
        self.random = random
    }

    /// Creates a subscriber without a password.
    ///
    /// - Throws: ``SubscriberError/alreadyExists(_:)``.
    @discardableResult
    public func create(_ id: SubscriberID) async throws(SubscriberError) -> Subscriber {
        guard id.rawValue.isPathSegment else { throw .verification(.content(.noPathSegment)) }
        return try await store.settle { transaction throws(StoreError) in
            guard try transaction.subscriber(id) == nil else { return .failure(.alreadyExists(id)) }
            let subscriber = Subscriber(id: id)
            try transaction.add(subscriber, at: now())
            return .success(subscriber)
        }
    }

    /// Makes an initial password for the letter; a former one is worth nothing from now on.
    ///
    /// It works once, in the activation of a device, and opens nothing else: who has a password of their own is asked for none.
    ///
    /// - Throws: ``SubscriberError``: no such subscriber, a password was chosen (``SubscriberError/hasPassword(_:)``), no room to hash.
    public func sendInitialPassword(to id: SubscriberID) async throws(SubscriberError) -> HeldSecret {
        var generator = random()
        let password = try HeldSecret.password(using: &generator)
        let hash = try await hasher.hash(password)
        try await change(id) { subscriber, transaction, now throws(StoreError) in
            guard subscriber.record.password == nil else { return .hasPassword(id) }
            subscriber.record.initialPassword = hash
            subscriber.record.initialPasswordUsedBy = nil
            try transaction.tell(.initialPasswordSent, to: id, at: now)
            return nil
        }
        return password
    }

    /// Replaces a password by another one; the old one has to be right, and a wrong one counts.
    ///
    /// The work is the same for everybody, two hashes and one commit: also for who is unknown or blocked. All other sessions end,
    /// because somebody else may have known the old password.
    ///
    /// - Parameter token: of the session in which it is done, which goes on; without it all end.
    /// - Throws: ``SubscriberError``: the old one is wrong or the person blocked or unknown (``SubscriberError/refused``), the new one
    ///   unsuitable.
    public func changePassword(
        of id: SubscriberID, from old: HeldSecret, to new: HeldSecret, keeping token: SessionToken? = nil
    ) async throws(SubscriberError) {
        let check = try await check(old, of: id.rawValue)
        let isUnchanged = try old.normalised().equals(new.normalised())
        let violations = rule.violations(of: new.bytes, for: id) + (isUnchanged ? [.unchanged] : [])
        // Also when nothing will be stored: one hash more would tell somebody who is blocked that the old one was right.
        let hash = try await hasher.hash(try new.normalised())
        let kept = token.map { SessionID($0) }
        try await store.settle { [policy] transaction throws(StoreError) -> Result<Void, SubscriberError> in
            let now = now()
            guard var subscriber = try transaction.subscriber(id) else {
                try transaction.refuseStranger(.newPassword, at: now)
                return .failure(.refused)
            }
            guard check.isRight, !subscriber.isBlocked(at: now), subscriber.record.password == check.hash else {
                try transaction.refuse(.newPassword, of: &subscriber, by: policy.blocking, at: now)
                return .failure(.refused)
            }
            // What is wrong with the new one is told to those only who know the old one.
            guard violations.isEmpty else { return .failure(.unsuitablePassword(violations)) }
            subscriber.record.password = hash
            subscriber.forgetWrongLogins()
            try transaction.endSessions(of: id, besides: kept)
            try transaction.tell(.passwordChanged, to: id, at: now)
            try transaction.update(subscriber)
            return .success(())
        }
    }

    /// Makes sure of a person by their password, as before a backup is switched on (stated); a wrong one counts, a right one forgets
    /// nothing.
    ///
    /// - Throws: ``SubscriberError/refused``, also for who is blocked or unknown; ``SubscriberError/busy``.
    public func confirm(_ password: HeldSecret, of id: SubscriberID) async throws(SubscriberError) {
        let check = try await check(password, of: id.rawValue)
        try await store.settle { [policy] transaction throws(StoreError) -> Result<Void, SubscriberError> in
            let now = now()
            guard var subscriber = try transaction.subscriber(id) else {
                try transaction.refuseStranger(.password, at: now)
                return .failure(.refused)
            }
            if check.isRight, !subscriber.isBlocked(at: now), subscriber.record.password == check.hash { return .success(()) }
            try transaction.refuse(.password, of: &subscriber, by: policy.blocking, at: now)
            return .failure(.refused)
        }
    }

    /// What a device is to approve before a forgotten password is replaced.
    ///
    /// - Throws: ``DeviceProtocol/ContentError``.
    public static func approvalOfPassword(for id: SubscriberID) throws(ContentError) -> Challenge.Content {
        .activation(try Activation(product: "New password", device: id.rawValue))
    }

    /// Replaces a forgotten password: a device of theirs has approved it by its code.
    ///
    /// The operation serves once. All sessions end, because somebody else may have known the old password.
    ///
    /// - Parameter operation: one of ``approvalOfPassword(for:)`` that succeeded in the last ten minutes.
    /// - Throws: ``SubscriberError``: not approved, password unsuitable, no such subscriber.
    public func resetPassword(of id: SubscriberID, to new: HeldSecret, approvedBy operation: ChallengeID) async throws(SubscriberError) {
        let violations = rule.violations(of: new.bytes, for: id)
        guard violations.isEmpty else { throw .unsuitablePassword(violations) }
        let hash = try await hasher.hash(try new.normalised())
        try await change(id) { subscriber, transaction, now throws(StoreError) in
            guard let content = try? Self.approvalOfPassword(for: id),
                try transaction.spendApproval(operation, of: content, by: &subscriber, at: now)
            else { return .enrolment(.notApproved) }
            subscriber.record.password = hash
            subscriber.record.initialPassword = nil
            subscriber.record.initialPasswordUsedBy = nil
            try transaction.endSessions(of: id)
            try transaction.tell(.passwordChanged, to: id, at: now)
            return nil
        }
    }

    /// A subscriber; `nil` where there is none.
    ///
    /// - Throws: ``SubscriberError/verification(_:)`` when the store fails.
    public func subscriber(_ id: SubscriberID) async throws(SubscriberError) -> Subscriber? {
        try await store.look { reader throws(StoreError) in try reader.subscriber(id) }
    }

    /// What a subscriber has to be told, the oldest first.
    ///
    /// - Throws: ``SubscriberError/verification(_:)`` when the store fails.
    public func notices(of id: SubscriberID) async throws(SubscriberError) -> [Notice] {
        try await store.look { reader throws(StoreError) in try reader.notices(of: id) }
    }

    /// What has to be told to anybody: those behind `number`, at most `limit`; who delivers them remembers the last one's.
    ///
    /// - Throws: ``SubscriberError/verification(_:)`` when the store fails.
    public func notices(after number: Int64, limit: Int = 100) async throws(SubscriberError) -> [NumberedNotice] {
        try await store.look { reader throws(StoreError) in try reader.notices(after: number, limit: limit) }
    }

    /// Changes a subscriber in one transaction; with a refusal, what `body` has stored by then stays, and nothing else is.
    func change(
        _ id: SubscriberID,
        _ body: @escaping @Sendable (inout Subscriber, any StoreTransaction, Date) throws(StoreError) -> SubscriberError?
    ) async throws(SubscriberError) {
        try await store.settle { transaction throws(StoreError) -> Result<Void, SubscriberError> in
            let now = now()
            guard var subscriber = try transaction.subscriber(id) else { return .failure(.noSuchSubscriber(id)) }
            if let refusal = try body(&subscriber, transaction, now) { return .failure(refusal) }
            try transaction.update(subscriber)
            return .success(())
        }
    }
}

extension Subscribers {
    /// What came out of checking a password.
    struct Check: Sendable {
        /// Whether it is the one; never for a person who is unknown or has none.
        let isRight: Bool
        /// What it was compared with.
        let hash: SecretHash?
    }

    /// Compares a password with that of a user, with the same work where there is no such user or no password.
    func check(_ password: HeldSecret, of user: String) async throws(SubscriberError) -> Check {
        let id = SubscriberID(rawValue: user)
        let stored = try await store.look { reader throws(StoreError) in
            guard let id else { return nil as Subscriber? }
            return try reader.subscriber(id)
        }
        let normalised = try password.normalised()
        guard let hash = stored?.record.password else {
            _ = try await hasher.hash(normalised)
            return Check(isRight: false, hash: nil)
        }
        return Check(isRight: try await hasher.check(normalised, against: hash), hash: hash)
    }

    /// Stores a password at today's cost, where it was hashed at a lower one.
    ///
    /// For somebody who has logged in: a second hash for whom only the code is wrong would tell by its time that the password is right.
    /// When there is no room to hash, or the password was changed meanwhile, the next login does it.
    func raiseCost(of password: HeldSecret, from hash: SecretHash?, for id: SubscriberID) async {
        guard let hash, hash.cost.isLess(than: hasher.cost), let normalised = try? password.normalised(),
            let raised = try? await hasher.hash(normalised)
        else { return }
        try? await change(id) { subscriber, _, _ in
            guard subscriber.record.password == hash else { return .refused }
            subscriber.record.password = raised
            return nil
        }
    }
}

extension StoreTransaction {
    /// Adds a customer, and writes it down.
    func add(_ subscriber: Subscriber, at now: Date) throws(StoreError) {
        try insert(subscriber)
        try append(AuditEvent(.created, at: now, subscriber: subscriber.id, detail: "customer"))
    }

    /// Uses an operation that a device approved for its second purpose, once; `false` when it does not approve `content`.
    ///
    /// One of several signatures approves nothing by itself, nor what was a yes before (``Permissions``).
    ///
    /// - Parameter excluded: a device that cannot approve this, because it is about itself.
    func spendApproval(
        _ id: ChallengeID, of content: Challenge.Content, besides excluded: DeviceID? = nil, by subscriber: inout Subscriber, at now: Date
    ) throws(StoreError) -> Bool {
        guard let operation = try operation(id), operation.subscriber == subscriber.id, operation.device != excluded,
            operation.challenge.content == content, operation.challenge.role == nil, case .succeeded(let evidence) = operation.outcome,
            now < evidence.acceptedAt.addingTimeInterval(Permissions.approvalLife), var enrolment = try enrolment(operation.enrolment)
        else { return false }
        enrolment.settle(at: now)
        return enrolment.state == .active && subscriber.spend(operation)
    }
}
