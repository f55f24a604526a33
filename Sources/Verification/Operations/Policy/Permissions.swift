public import DeviceProtocol
public import Foundation

/// Whether a person may do something now: the question that a bank's core asks before it carries anything out.
///
/// Session, list of trusted beneficiaries, small payments since the last approval and the approval itself are looked at and changed in one
/// transaction, so that two who ask at once do not get two yeses out of one.
public struct Permissions: Sendable {
    /// How long an approval can be used, in seconds, from the moment at which it was accepted: ten minutes; ours, no source says any.
    public static let approvalLife: TimeInterval = 600
    /// How much longer a used approval is remembered, in seconds, since not all servers' clocks agree: five minutes; ours.
    static let clockMargin: TimeInterval = 300
    /// The most trusted beneficiaries of one person; ours.
    public static let beneficiaryLimit = 1_000
    /// The most yeses of one person within a quarter of an hour; ours.
    public static let grantLimit = 200

    private let operations: Operations
    private let policy: StrongAuthenticationPolicy
    private let rules: SignatureRules
    private var store: any Store { operations.store }

    /// Permissions for the people in the store of `operations`.
    ///
    /// - Parameters:
    ///   - policy: when people are asked for what.
    ///   - rules: which accounts want several signatures; what they cover is never exempted.
    public init(
        _ operations: Operations, by policy: StrongAuthenticationPolicy = StrongAuthenticationPolicy(),
        rules: SignatureRules = SignatureRules()
    ) {
        self.operations = operations
        self.policy = policy
        self.rules = rules
    }

    /// Asks whether a person may do something now; this is activity in their session.
    ///
    /// A yes is spent: an approval is good for one request, a small payment counts. The same request again gets the same yes, marked as
    /// repeated, for ten minutes at least: so that a core that was interrupted asks again and looks whether it had carried it out. A beneficiary
    /// that was approved is on the person's list when this returns.
    ///
    /// - Parameters:
    ///   - action: what they want to do.
    ///   - token: their session; `nil` without one.
    ///   - account: whose money it is, where any moves.
    ///   - operation: what they approved it with; `nil` before they did.
    ///   - request: 1 to 255 bytes, unique for each of the person's requests.
    /// - Throws: ``SubscriberError/verification(_:)``: the key is invalid or was another request's, the person is blocked, no rule of
    ///   the account is for this, a payment names no account where there are rules, or the store failed;
    ///   ``SubscriberError/tooManyRequests``, ``SubscriberError/tooManyBeneficiaries``.
    public func ask(
        _ action: SensitiveAction, in token: SessionToken?, from account: IBAN? = nil, approvedBy operation: ChallengeID? = nil,
        request: String
    ) async throws(SubscriberError) -> Permission {
        guard (1...255).contains(request.utf8.count) else { throw .verification(.invalidIdempotencyKey) }
        guard let token else { return .loginNeeded }
        let fingerprint: String
        do throws(ContentError) { fingerprint = try action.fingerprint(of: account) } catch { throw .verification(.content(error)) }
        let rule: SignatureRule?
        do throws(TransactionRefusal) {
            rule = try rules.rule(for: action.content, of: account)
        } catch { throw .verification(.transaction(error)) }
        return try await store.settle { [policy] transaction throws(StoreError) in
            let now = operations.now()
            guard let session = try transaction.goOn(with: token, at: now), var subscriber = try transaction.subscriber(session.subscriber)
            else { return .success(.loginNeeded) }
            var grants = Grants(subscriber.record.grants ?? [], at: now)
            if let known = grants.grant(of: request) {
                guard known.fingerprint == fingerprint, let ground = known.ground else {
                    return .failure(.verification(.idempotencyConflict(request)))
                }
                return .success(.granted(ground, isRepeated: true))
            }
            guard !subscriber.isBlockedFromApproving(at: now) else { return .failure(.verification(.personBlocked(subscriber.id))) }
            // Another request of the session may have come between, or another server's clock be ahead: no reason to log in again.
            let demand = policy.demand(
                for: action, in: subscriber.circumstances(of: action, in: session),
                at: max(now, session.lastActive, session.startedAt))
            let ground: Permission.Ground
            switch (demand, rule) {
            case (.authentication, _): return .success(.loginNeeded)
            case (_, let rule?): return .success(.signaturesNeeded(rule))
            case (.nothing(let exemption), nil): ground = .exemption(exemption)
            case (.approval, nil):
                guard action.isCarriedOutByPermission else { return .success(action.needed) }
                guard let operation, !subscriber.hasSpent(operation),
                    try transaction.approves(operation, action, by: subscriber.id, with: session, at: now)
                else { return .success(action.needed) }
                ground = .approval(operation)
            }
            guard grants.add(Grant(request: request, fingerprint: fingerprint, ground: ground, at: now)) else {
                return .failure(.tooManyRequests)
            }
            subscriber.record.grants = grants.recent
            guard subscriber.apply(action, on: ground, at: now) else { return .failure(.tooManyBeneficiaries) }
            try transaction.update(subscriber)
            if let detail = ground.audited(of: action) {
                try transaction.append(
                    AuditEvent(detail.kind, at: now, subscriber: subscriber.id, operation: operation, detail: detail.text))
            }
            return .success(.granted(ground, isRepeated: false))
        }
    }

    /// Whom a person trusts, in the order in which they came to do so.
    ///
    /// - Throws: ``SubscriberError/noSuchSubscriber(_:)``, ``SubscriberError/verification(_:)`` when the store fails.
    public func trustedBeneficiaries(of person: SubscriberID) async throws(SubscriberError) -> [TrustedBeneficiary] {
        let found = try await store.look { reader throws(StoreError) in try reader.subscriber(person) }
        guard let found else { throw .noSuchSubscriber(person) }
        return found.record.trustedBeneficiaries ?? []
    }

    /// Takes a beneficiary off a person's list, for the bank, which has made sure of the person; payments to them are approved from now on.
    ///
    /// - Throws: ``SubscriberError/noSuchSubscriber(_:)``, ``SubscriberError/verification(_:)`` when the store fails. One who is not on the
    ///   list is no error.
    public func distrust(_ iban: IBAN, for person: SubscriberID) async throws(SubscriberError) {
        try await store.settle { transaction throws(StoreError) -> Result<Void, SubscriberError> in
            let now = operations.now()
            guard var subscriber = try transaction.subscriber(person) else { return .failure(.noSuchSubscriber(person)) }
            let before = subscriber.record.trustedBeneficiaries ?? []
            subscriber.record.trustedBeneficiaries = before.filter { $0.iban != iban.value }
            guard subscriber.record.trustedBeneficiaries?.count != before.count else { return .success(()) }
            try transaction.update(subscriber)
            try transaction.append(
                AuditEvent(.configurationChanged, at: now, subscriber: person, detail: "trusted beneficiary removed"))
            return .success(())
        }
    }
}

extension StoreTransaction {
    /// Whether an operation of this person, by a device that is still theirs to use, approved this action a short time ago.
    ///
    /// What signed a transaction has done its work there, or was voided there.
    fileprivate func approves(
        _ id: ChallengeID, _ action: SensitiveAction, by person: SubscriberID, with session: Session, at now: Date
    ) throws(StoreError) -> Bool {
        guard let operation = try operation(id), operation.subscriber == person, operation.authorises(action),
            operation.challenge.role == nil, try transaction(signedIn: id) == nil,
            case .succeeded(let evidence)? = operation.outcome, evidence.acceptedAt >= session.startedAt,
            now < evidence.acceptedAt.addingTimeInterval(Permissions.approvalLife), var enrolment = try enrolment(operation.enrolment)
        else { return false }
        enrolment.settle(at: now)
        return enrolment.state == .active
    }
}
