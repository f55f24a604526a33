public import DeviceProtocol
import Foundation

/// Devices from the order to the first use: every step of a product's activation in its order, each in one transaction.
///
/// The steps are data (``ProductProfile/activation``). A Scan's pairing codes of 10 and 8 digits belong to the step
/// ``ActivationStep/keys``: ``Pairings`` lead through them, and register the keys that came out.
public struct Activations: Sendable {
    let subscribers: Subscribers
    private let enrolments: Enrolments
    private var store: any Store { subscribers.store }

    /// Activations for these subscribers.
    public init(_ subscribers: Subscribers, _ enrolments: Enrolments) {
        self.subscribers = subscribers
        self.enrolments = enrolments
    }

    /// Takes back an order that was not activated; a device that is in use is revoked as such.
    ///
    /// - Throws: ``SubscriberError``: no such order, activated, or over.
    public func cancel(_ id: EnrolmentID) async throws(SubscriberError) {
        try await store.settle { transaction throws(StoreError) -> Result<Void, SubscriberError> in
            let now = subscribers.now()
            guard var order = try transaction.order(id) else { return .failure(.enrolment(.noSuchOrder(id))) }
            var enrolment = try transaction.enrolment(id)
            order.settle(at: now)
            enrolment?.settle(at: now)
            guard order.record.state == .ordered else { return .failure(.enrolment(.illegal(.revoke, order.record.state))) }
            order.record.sent = nil
            do throws(EnrolmentRefusal) {
                try order.take(.revoke)
                // Too many wrong answers may have ended it before.
                if enrolment?.state.isFinal == false { try enrolment?.take(.revoke) }
            } catch { return .failure(.enrolment(error)) }
            try transaction.update(order)
            if let enrolment { try transaction.update(enrolment) }
            let device = enrolment?.device ?? order.record.serial
            try transaction.tell(.orderCancelled(order.product), to: order.subscriber, about: device, at: now)
            return .success(())
        }
    }

    /// An order as it stands, and its next step; `nil` when it is over.
    ///
    /// - Throws: ``SubscriberError``: no such order, or the store failed.
    public func state(of id: EnrolmentID) async throws(SubscriberError) -> (order: Order, next: ActivationStep?) {
        let now = subscribers.now()
        let found = try await store.look { reader throws(StoreError) -> (Order, Subscriber)? in
            guard let order = try reader.order(id), let subscriber = try reader.subscriber(order.subscriber) else { return nil }
            return (order, subscriber)
        }
        guard case (var order, let subscriber)? = found else { throw .enrolment(.noSuchOrder(id)) }
        order.settle(at: now)
        let profile = try profile(of: order.product)
        return (order, order.record.state == .ordered ? order.next(in: profile, for: subscriber) : nil)
    }

    /// All orders of a subscriber, the first ordered first.
    ///
    /// - Throws: ``SubscriberError/verification(_:)`` when the store fails.
    public func orders(of subscriber: SubscriberID) async throws(SubscriberError) -> [Order] {
        let now = subscribers.now()
        return try await store.look { reader throws(StoreError) in
            try reader.orders(of: subscriber).map { order in
                var settled = order
                settled.settle(at: now)
                return settled
            }
        }
    }

    /// Takes the step ``ActivationStep/keys``: the device and what its answers are checked with.
    ///
    /// From here on an enrolment stands beside the order, and its device can be asked to approve its activation.
    ///
    /// - Parameters:
    ///   - registration: a Token's seed, the keys that came out of a pairing under the order's name, or a card's certificates.
    ///   - replaced: which of the subscriber's devices it takes the place of, when it is active.
    /// - Throws: ``SubscriberError``: not its turn, over, of another serial number, more than one may have, registration refused.
    public func register(
        _ device: DeviceID, for id: EnrolmentID, with registration: Enrolments.Registration, isEmulated: Bool = false,
        replacing replaced: DeviceID? = nil
    ) async throws(SubscriberError) {
        let (known, _) = try await state(of: id)
        let profile = try profile(of: known.product)
        let prepared: Enrolment
        do throws(VerificationError) {
            prepared = try await enrolments.prepare(
                device, as: known.product, for: known.subscriber, with: registration, id: id, isEmulated: isEmulated)
        } catch { throw .verification(error) }
        try await step(.keys, of: id) { order, enrolment, _, transaction, now throws(StoreError) in
            if let serial = order.record.serial, serial != device { return .wrong }
            var fresh = prepared
            fresh.state = .ordered
            fresh.life = EnrolmentLife(
                identification: order.record.identification, accounts: order.record.accounts, validUntil: order.record.activateBefore,
                challengeCode: order.record.challengeCode)
            if let refusal = try transaction.admit(&fresh, as: profile, replacing: replaced, at: now) {
                return .refused(.verification(refusal))
            }
            order.record.replaces = replaced
            order.record.sent = nil
            try transaction.insert(fresh)
            try transaction.append(AuditEvent(.registered, of: fresh, at: now, detail: "keys, \(fresh.product)"))
            enrolment = try transaction.enrolment(id)
            return .right
        }
    }

    /// What the device is to approve in the steps ``ActivationStep/approval`` and ``ActivationStep/lastApproval``.
    ///
    /// - Throws: ``SubscriberError``: no such order, or its keys are not known yet.
    public func approval(of id: EnrolmentID) async throws(SubscriberError) -> (device: DeviceID, content: Challenge.Content) {
        let found = try await store.look { reader throws(StoreError) in try reader.enrolment(id) }
        guard let found else { throw .enrolment(.noSuchOrder(id)) }
        return (found.device, try Self.content(for: found))
    }

    private static func content(for enrolment: Enrolment) throws(SubscriberError) -> Challenge.Content {
        do throws(ContentError) {
            return .activation(try Activation(product: enrolment.product.rawValue, device: enrolment.device.rawValue))
        } catch { throw .verification(.content(error)) }
    }

    /// What another device is to approve in place of the activation code (stated: a phone is activated alone, or with a Scan).
    ///
    /// - Throws: ``SubscriberError``: no such order.
    public func introduction(of id: EnrolmentID) async throws(SubscriberError) -> Challenge.Content {
        let (order, _) = try await state(of: id)
        do throws(ContentError) {
            return .activation(try Activation(product: order.product.rawValue, device: "order \(id)"))
        } catch { throw .verification(.content(error)) }
    }

    /// What a person gives in a step other than ``ActivationStep/keys``.
    public enum Proof: Sendable {
        /// What was chosen at the order.
        case activationCode(HeldSecret)
        /// In its place: the operation of ``introduction(of:)`` by which another device of theirs, a Scan, vouched for the new one.
        case otherDevice(ChallengeID)
        /// What the letter says.
        case challengeCode(HeldSecret)
        /// The number on the back.
        case serialNumber(String)
        /// A name for the device.
        case deviceName(String)
        /// The operation of ``approval(of:)`` that the device answered, at most ten minutes ago; one for each of the two steps.
        case approval(ChallengeID)
        /// What the letter says; it works once.
        case initialPassword(HeldSecret)
        /// A password of their own.
        case newPassword(HeldSecret)
        /// Questions with their answers.
        case securityQuestions([(text: String, answer: HeldSecret)])
    }

    /// Takes the next step; after the last one the device is active, and one that it replaces is not any more.
    ///
    /// A wrong code, password or serial number counts: the fifth in a row closes the order for a time, three more end it.
    ///
    /// - Returns: the step after it; `nil` when the device is active.
    /// - Throws: ``SubscriberError``: not its turn, wrong, closed, over, password or questions unsuitable.
    @discardableResult
    public func prove(_ proof: Proof, for id: EnrolmentID) async throws(SubscriberError) -> ActivationStep? {
        let (order, next) = try await state(of: id)
        let step = proof.step(before: next)
        guard step == next else { throw Self.refusal(of: order, step, next: next, at: subscribers.now()) }
        switch proof {
        case .activationCode(let code):
            let isRight = try await check(code, against: order.record.activationCode)
            return try await self.step(step, of: id) { _, _, _, _, _ in isRight ? .right : .wrong }
        case .otherDevice(let operation):
            let content = try await introduction(of: id)
            return try await self.step(step, of: id) { _, _, subscriber, transaction, now throws(StoreError) in
                let isApproved = try transaction.spendApproval(operation, of: content, by: &subscriber, at: now)
                return isApproved ? .right : .refused(.enrolment(.notApproved))
            }
        case .challengeCode(let code):
            let isRight = try await check(code, against: order.record.challengeCode)
            return try await self.step(step, of: id) { _, _, _, _, _ in isRight ? .right : .wrong }
        case .serialNumber(let text):
            return try await self.step(step, of: id) { order, enrolment, _, _, _ in
                let serial = enrolment?.device ?? order.record.serial
                return serial == nil || serial?.rawValue == text ? .right : .wrong
            }
        case .deviceName(let text):
            let name: String
            do throws(EnrolmentRefusal) { name = try EnrolmentLife.checkedName(text) } catch { throw .enrolment(error) }
            return try await self.step(step, of: id) { order, _, _, _, _ in
                order.record.name = name
                return .right
            }
        case .approval(let operation):
            return try await self.step(step, of: id) { _, enrolment, subscriber, transaction, now throws(StoreError) in
                guard let enrolment, let operation = try transaction.operation(operation), operation.enrolment == enrolment.id,
                    operation.challenge.role == nil, case .succeeded(let evidence)? = operation.outcome,
                    now < evidence.acceptedAt.addingTimeInterval(Permissions.approvalLife),
                    operation.challenge.content == (try? Self.content(for: enrolment)), subscriber.spend(operation)
                else { return .refused(.enrolment(.notApproved)) }
                return .right
            }
        case .initialPassword(let password):
            let stored = try await subscribers.subscriber(order.subscriber)?.record.initialPassword
            let isRight = try await check(password, against: stored)
            return try await self.step(step, of: id) { _, _, subscriber, _, _ in
                guard isRight, subscriber.record.initialPassword == stored else { return .wrong }
                subscriber.record.initialPassword = nil
                subscriber.record.initialPasswordUsedBy = id
                return .right
            }
        case .newPassword(let password):
            let violations = subscribers.rule.violations(of: password.bytes, for: order.subscriber)
            guard violations.isEmpty else { throw .unsuitablePassword(violations) }
            let hash = try await subscribers.hasher.hash(try password.normalised())
            return try await self.step(step, of: id) { _, _, subscriber, _, _ in
                subscriber.record.password = hash
                subscriber.record.initialPasswordUsedBy = nil
                return .right
            }
        case .securityQuestions(let questions):
            let hashed = try await subscribers.hash(questions)
            return try await self.step(step, of: id) { _, _, subscriber, _, _ in
                subscriber.record.questions = hashed
                return .right
            }
        }
    }
}
