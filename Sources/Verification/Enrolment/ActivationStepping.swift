import DeviceProtocol
import Foundation

extension Activations {
    /// What a step came to.
    enum Judgement: Sendable {
        /// It is done.
        case right
        /// It goes on, and what was changed is kept.
        case begun
        /// What was given is not right, and counts.
        case wrong
        /// It is not done, and nothing counts.
        case refused(SubscriberError)
    }

    /// Takes one step of an order in one transaction; after the last one the device is active.
    ///
    /// - Returns: the next step; `nil` when the device is active.
    @discardableResult
    func step(
        _ step: ActivationStep, of id: EnrolmentID,
        _ body:
            @escaping @Sendable (inout Order, inout Enrolment?, inout Subscriber, any StoreTransaction, Date) throws(StoreError) ->
            Judgement
    ) async throws(SubscriberError) -> ActivationStep? {
        let policy = subscribers.policy
        return try await subscribers.store.settle { transaction throws(StoreError) in
            let now = subscribers.now()
            guard var order = try transaction.order(id), var subscriber = try transaction.subscriber(order.subscriber),
                let profile = policy.products.first(where: { $0.id == order.product })
            else { return .failure(.enrolment(.noSuchOrder(id))) }
            order.settle(at: now)
            let next = order.record.state == .ordered ? order.next(in: profile, for: subscriber) : nil
            guard next == step, order.record.closedUntil == nil else {
                return .failure(Self.refusal(of: order, step, next: next, at: now))
            }
            var enrolment = try transaction.enrolment(id)
            enrolment?.settle(at: now)
            switch try body(&order, &enrolment, &subscriber, transaction, now) {
            case .refused(let error): return .failure(error)
            case .begun:
                try transaction.update(order)
                return .success(next)
            case .wrong:
                let notice = order.countFailure(by: policy.blocking, at: now)
                if order.record.state == .revoked, var enrolment {
                    try? enrolment.take(.revoke)
                    try transaction.update(enrolment)
                }
                let device = enrolment?.device ?? order.record.serial
                try transaction.append(
                    AuditEvent(
                        .refused, at: now, subscriber: order.subscriber, device: device,
                        detail: "activation \(step.rawValue), failures of the order \(order.record.failures)"))
                try transaction.tell(notice, to: order.subscriber, about: device, at: now)
                try transaction.update(order)
                return .failure(.enrolment(.wrongProof))
            case .right:
                order.forgetFailures()
                order.record.done.append(step)
                let following = order.next(in: profile, for: subscriber)
                if following == nil {
                    guard var active = enrolment else { return .failure(.enrolment(.outOfTurn(expected: .keys, given: step))) }
                    do throws(EnrolmentRefusal) { try order.activate(&active, as: profile, at: now) } catch {
                        return .failure(.enrolment(error))
                    }
                    try transaction.update(active)
                    if let replaced = order.record.replaces { try transaction.replace(replaced, by: active, at: now) }
                    try transaction.tell(.deviceActivated, to: order.subscriber, about: active.device, at: now)
                }
                try transaction.update(subscriber)
                try transaction.update(order)
                return .success(following)
            }
        }
    }

    /// Why a step is not taken now.
    static func refusal(of order: Order, _ step: ActivationStep, next: ActivationStep?, at now: Date) -> SubscriberError {
        if order.record.state == .expired { return .enrolment(.activationOver(since: order.record.activateBefore)) }
        if order.record.state != .ordered { return .enrolment(.illegal(.activate, order.record.state)) }
        if let end = order.record.closedUntil, now < end { return .enrolment(.closed(until: end)) }
        return .enrolment(.outOfTurn(expected: next, given: step))
    }

    /// Compares a code with what is stored, with the same work where nothing is.
    func check(_ code: HeldSecret, against hash: SecretHash?) async throws(SubscriberError) -> Bool {
        let normalised = try code.normalised()
        guard let hash else {
            _ = try await subscribers.hasher.hash(normalised)
            return false
        }
        return try await subscribers.hasher.check(normalised, against: hash)
    }

    /// The profile of a product.
    func profile(of product: ProductProfile.ID) throws(SubscriberError) -> ProductProfile {
        do throws(VerificationError) { return try subscribers.policy.profile(of: product) } catch { throw .verification(error) }
    }
}

extension Activations.Proof {
    /// Which step this is; an approval is the first or the last one, as is its turn.
    func step(before next: ActivationStep?) -> ActivationStep {
        switch self {
        case .activationCode, .otherDevice: .activationCode
        case .challengeCode: .challengeCode
        case .serialNumber: .serialNumber
        case .deviceName: .deviceName
        case .approval: next == .lastApproval ? .lastApproval : .approval
        case .initialPassword: .initialPassword
        case .newPassword: .newPassword
        case .securityQuestions: .securityQuestions
        }
    }
}

extension Order {
    /// The step that comes next; `nil` when all are done.
    ///
    /// Who has a password and questions already is not asked for them again.
    func next(in profile: ProductProfile, for subscriber: Subscriber) -> ActivationStep? {
        profile.activation.first { step in
            switch step {
            // An order that took this step takes it again when another letter was sent, or another order took it, since.
            case .initialPassword: subscriber.record.password == nil && subscriber.record.initialPasswordUsedBy != id
            case _ where record.done.contains(step): false
            // Whoever was first has set it: an initial password replaces none.
            case .newPassword: subscriber.record.password == nil
            case .securityQuestions: subscriber.record.questions.isEmpty
            case .keys, .activationCode, .challengeCode, .serialNumber, .deviceName, .approval, .lastApproval: true
            }
        }
    }
}

extension Order {
    /// Ends an activation: the device is active for the product's years.
    fileprivate mutating func activate(_ enrolment: inout Enrolment, as profile: ProductProfile, at now: Date) throws(EnrolmentRefusal) {
        try enrolment.take(.activate)
        try take(.activate)
        enrolment.forgetFailures()
        enrolment.life.validUntil = profile.validity(from: now)
        enrolment.life.name = record.name
    }
}
