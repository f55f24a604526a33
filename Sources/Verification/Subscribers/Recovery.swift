public import DeviceProtocol
public import Foundation

/// The ways back of a person who is blocked, or whose device is suspended or blocked: another device, the helpdesk's code, the code
/// of the order letter.
///
/// RTS, Article 4(4): a secure procedure to regain the use.
public struct Recovery: Sendable {
    /// How long a helpdesk's code is good, in seconds: 30 minutes (published: luxtrust.lu faq/1030).
    public static let helpdeskTime: TimeInterval = 30 * 60
    /// How many digits the codes have: 6 for the letter's (published: luxtrust.com, reactivate), 8 for the helpdesk's (inferred).
    public static let digits = (challenge: 6, helpdesk: 8)

    private let subscribers: Subscribers
    private var store: any Store { subscribers.store }

    /// The ways back for these subscribers.
    public init(_ subscribers: Subscribers) { self.subscribers = subscribers }

    /// What is to be opened again.
    public enum Subject: Hashable, Sendable {
        /// A person who is blocked.
        case person(SubscriberID)
        /// A device that is suspended or blocked.
        case device(DeviceID)
    }

    /// How the person is made sure of.
    public enum Proof: Sendable {
        /// The code that the helpdesk told them.
        case helpdeskCode(HeldSecret)
        /// The code of the order letter; for a device only.
        case challengeCode(HeldSecret)
        /// The operation by which another device of theirs approved it.
        case approval(ChallengeID)
    }

    /// Makes a code for the helpdesk to tell, good for 30 minutes and once; a former one is worth nothing from now on.
    ///
    /// - Throws: ``SubscriberError``: no such person or device, the device cannot be re-activated, or is suspended for fraud.
    public func helpdeskCode(for subject: Subject) async throws(SubscriberError) -> HeldSecret {
        var generator = subscribers.random()
        let code = try HeldSecret.digits(Self.digits.helpdesk, using: &generator)
        let hash = try await subscribers.hasher.hash(code)
        try await store.settle { transaction throws(StoreError) -> Result<Void, SubscriberError> in
            let now = subscribers.now()
            let passing = PassingCode(hash: hash, until: now.addingTimeInterval(Self.helpdeskTime))
            switch subject {
            case .person(let id):
                guard var subscriber = try transaction.subscriber(id) else { return .failure(.noSuchSubscriber(id)) }
                subscriber.record.helpdeskCode = passing
                try transaction.update(subscriber)
                try transaction.append(AuditEvent(.configurationChanged, at: now, subscriber: id, detail: "helpdesk code made"))
            case .device(let device):
                guard var enrolment = try transaction.enrolment(of: device) else { return .failure(.verification(.noSuchDevice(device))) }
                enrolment.settle(at: now)
                if let refusal = enrolment.refusalToReactivate { return .failure(.enrolment(refusal)) }
                enrolment.life.helpdeskCode = passing
                try transaction.update(enrolment)
                try transaction.append(AuditEvent(.configurationChanged, of: enrolment, at: now, detail: "helpdesk code made"))
            }
            return .success(())
        }
        return code
    }

    /// What another device is to approve before a person or device is opened again.
    ///
    /// - Throws: ``DeviceProtocol/ContentError``.
    public static func approval(of subject: Subject) throws(ContentError) -> Challenge.Content {
        switch subject {
        case .person(let id): .activation(try Activation(product: access, device: id.rawValue))
        case .device(let device): .activation(try Activation(product: use, device: device.rawValue))
        }
    }

    private static let (access, use) = ("Access after a block", "Device in use again")

    /// Whether this is the approval that opens a person, or one of their devices, again.
    static func isWayBack(_ content: Challenge.Content, of subscriber: SubscriberID) -> Bool {
        guard case .activation(let asked) = content else { return false }
        return asked.product.value == use || content == (try? approval(of: .person(subscriber)))
    }

    /// Opens a person or a device again.
    ///
    /// A wrong code counts against the person, and after five of them a helpdesk's code is worth nothing.
    ///
    /// - Throws: ``SubscriberError/refused`` for any proof that is not right; else what the bank may know: no such device, final
    ///   state, suspected fraud.
    public func open(_ subject: Subject, with proof: Proof) async throws(SubscriberError) {
        let isRight: Bool
        var compared: SecretHash?
        switch proof {
        case .approval: isRight = true
        case .helpdeskCode(let code), .challengeCode(let code):
            compared = try await hash(of: proof, for: subject)
            let normalised = try code.normalised()
            if let compared {
                isRight = try await subscribers.hasher.check(normalised, against: compared)
            } else {
                _ = try await subscribers.hasher.hash(normalised)
                isRight = false
            }
        }
        let (rule, hash) = (subscribers.policy.blocking, compared)
        try await store.settle { transaction throws(StoreError) -> Result<Void, SubscriberError> in
            let now = subscribers.now()
            let enrolment: Enrolment?
            let owner: SubscriberID
            switch subject {
            case .person(let id): (enrolment, owner) = (nil, id)
            case .device(let device):
                guard let found = try transaction.enrolment(of: device) else { return .failure(.verification(.noSuchDevice(device))) }
                (enrolment, owner) = (found, found.subscriber)
            }
            guard var subscriber = try transaction.subscriber(owner) else { return .failure(.noSuchSubscriber(owner)) }
            var opened = enrolment
            opened?.settle(at: now)
            if let refusal = opened?.refusalToReactivate { return .failure(.enrolment(refusal)) }
            let known = opened.map { $0.life.helpdeskCode } ?? subscriber.record.helpdeskCode
            let isProved: Bool
            switch proof {
            case .approval(let id):
                guard let content = try? Self.approval(of: subject) else { return .failure(.refused) }
                isProved = try transaction.spendApproval(id, of: content, besides: opened?.device, by: &subscriber, at: now)
            case .helpdeskCode: isProved = isRight && known.map { $0.hash == hash && now < $0.until } ?? false
            case .challengeCode:
                let hasTries = opened.map { !$0.hasSpentTries(by: subscribers.policy, at: now) } ?? false
                isProved = isRight && hasTries && hash == opened?.life.challengeCode && !subscriber.isBlockedByLogins(at: now)
            }
            guard isProved else {
                if case .approval = proof {
                    try transaction.write(.approval, of: subscriber, about: opened?.device, at: now)
                    return .failure(.refused)
                }
                if case .helpdeskCode = proof {
                    if var opened {
                        opened.life.helpdeskCode = known?.afterWrongOne()
                        try transaction.update(opened)
                    } else {
                        subscriber.record.helpdeskCode = known?.afterWrongOne()
                    }
                }
                try transaction.refuse(proof.attempted, of: &subscriber, about: opened?.device, by: rule, at: now)
                return .failure(.refused)
            }
            if var opened {
                let before = opened
                do throws(EnrolmentRefusal) { try opened.take(.reactivate) } catch { return .failure(.enrolment(error)) }
                if case .challengeCode = proof {
                    // The letter is good again and again: whoever found it with the device is not to guess without an end.
                    (opened.failures, opened.life.wasBlocked) = (before.failures, before.life.wasBlocked)
                } else {
                    try transaction.forgetWrongApprovals(of: &subscriber, because: proof.attempted.rawValue, at: now)
                }
                try transaction.update(opened)
                try transaction.tell(.deviceReactivated, to: owner, about: opened.device, because: proof.attempted.rawValue, at: now)
            } else {
                subscriber.forgetFailures()
                subscriber.record.helpdeskCode = nil
                try transaction.tell(.personUnblocked, to: owner, because: proof.attempted.rawValue, at: now)
            }
            try transaction.update(subscriber)
            return .success(())
        }
    }

    /// What a code is compared with.
    private func hash(of proof: Proof, for subject: Subject) async throws(SubscriberError) -> SecretHash? {
        try await store.look { reader throws(StoreError) in
            switch (subject, proof) {
            case (.person(let id), .helpdeskCode): try reader.subscriber(id)?.record.helpdeskCode?.hash
            case (.device(let device), .helpdeskCode): try reader.enrolment(of: device)?.life.helpdeskCode?.hash
            case (.device(let device), .challengeCode): try reader.enrolment(of: device)?.life.challengeCode
            case (_, .approval), (.person, .challengeCode): nil
            }
        }
    }
}

extension Recovery.Proof {
    /// What the audit log calls it.
    fileprivate var attempted: Attempted {
        switch self {
        case .helpdeskCode: .helpdeskCode
        case .challengeCode: .challengeCode
        case .approval: .approval
        }
    }
}

extension Enrolment {
    /// Whether its wrong answers have blocked it for good, whatever became of it since.
    fileprivate func hasSpentTries(by policy: VerificationPolicy, at now: Date) -> Bool {
        let limit = policy.products.first { $0.id == product }?.failureLimit ?? BlockingRule.highestLimit
        let rule = policy.blocking.limited(to: limit)
        return rule.consequence(of: failures, wasBlocked: life.wasBlocked ?? false, at: now) == .blockedForGood
    }

    /// Why the person cannot open it again; `nil` when they can.
    fileprivate var refusalToReactivate: EnrolmentRefusal? {
        if Lifecycle.transition(from: state, on: .reactivate) == nil { return .illegal(.reactivate, state) }
        return life.suspension == .fraud ? .suspendedForFraud : nil
    }
}
