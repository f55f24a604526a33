import Crypto
public import DeviceProtocol
import Foundation

extension Activations {
    /// An order, and what its letter says.
    public struct Ordered: Sendable {
        /// The order.
        public let order: Order
        /// Six digits for the letter: they activate a card, and re-activate any device.
        public let challengeCode: HeldSecret
    }

    /// Orders a device; it has to be activated within the product's days.
    ///
    /// - Parameters:
    ///   - serial: the number of the device that is sent, where it is known already.
    ///   - activationCode: 5 to 64 characters that the person chose; usual are the last five of the identity document. Not for cards.
    ///   - identification: how the person was identified.
    ///   - accounts: which accounts it is going to open.
    /// - Throws: ``SubscriberError``: no such subscriber or product, product retired, activation code unsuitable.
    public func order(
        _ product: ProductProfile.ID, for subscriber: SubscriberID, serial: DeviceID? = nil, activationCode: HeldSecret? = nil,
        identification: Identification, accounts: Set<AccountID> = []
    ) async throws(SubscriberError) -> Ordered {
        var generator = subscribers.random()
        let (order, code) = try await prepared(
            EnrolmentID(using: &generator), product, for: subscriber, serial: serial, activationCode: activationCode,
            identification: identification, accounts: accounts)
        try await subscribers.store.settle { transaction throws(StoreError) -> Result<Void, SubscriberError> in
            guard try transaction.subscriber(subscriber) != nil else { return .failure(.noSuchSubscriber(subscriber)) }
            try transaction.add(order, at: subscribers.now())
            return .success(())
        }
        return Ordered(order: order, challengeCode: code)
    }

    /// Orders a device once, however often the same is asked with the same key.
    ///
    /// The code of the letter is kept as a hash alone. Who asks again did not get it: there is another, and the former is worth
    /// nothing from now on. Once a step of the activation was tried there is none any more.
    ///
    /// - Parameter idempotencyKey: 1 to 255 bytes, unique for each of the subscriber's orders.
    /// - Returns: the order as it stands, and the code of its letter, if there is one.
    /// - Throws: as ``order(_:for:serial:activationCode:identification:accounts:)``; ``VerificationError/invalidIdempotencyKey``;
    ///   ``VerificationError/idempotencyConflict(_:)`` where the key stands for another order.
    public func order(
        _ product: ProductProfile.ID, for subscriber: SubscriberID, serial: DeviceID? = nil, activationCode: HeldSecret? = nil,
        identification: Identification, accounts: Set<AccountID> = [], idempotencyKey: String
    ) async throws(SubscriberError) -> (order: Order, challengeCode: HeldSecret?) {
        guard (1...255).contains(idempotencyKey.utf8.count) else { throw .verification(.invalidIdempotencyKey) }
        let (asked, code) = try await prepared(
            EnrolmentID(ofOrderBy: subscriber, key: idempotencyKey), product, for: subscriber, serial: serial,
            activationCode: activationCode, identification: identification, accounts: accounts)
        let earlier = try await subscribers.store.settle { transaction throws(StoreError) -> Result<Order?, SubscriberError> in
            guard try transaction.subscriber(subscriber) != nil else { return .failure(.noSuchSubscriber(subscriber)) }
            if let earlier = try transaction.order(asked.id) { return .success(earlier) }
            try transaction.add(asked, at: subscribers.now())
            return .success(nil)
        }
        guard let earlier else { return (asked, code) }
        var isSame = earlier.isSameWish(as: asked)
        if let hash = earlier.record.activationCode, let activationCode {
            let isSameCode = try await check(activationCode, against: hash)
            isSame = isSame && isSameCode
        }
        guard isSame else { throw .verification(.idempotencyConflict(idempotencyKey)) }
        return try await subscribers.store.settle { transaction throws(StoreError) -> Result<(Order, HeldSecret?), SubscriberError> in
            let now = subscribers.now()
            guard var order = try transaction.order(asked.id) else { return .failure(.enrolment(.noSuchOrder(asked.id))) }
            order.settle(at: now)
            let isUntouched = order.record.state == .ordered && order.record.done.isEmpty && order.record.failures == 0
            guard isUntouched, try transaction.enrolment(order.id) == nil else { return .success((order, nil)) }
            order.record.challengeCode = asked.record.challengeCode
            try transaction.update(order)
            return .success((order, code))
        }
    }

    /// An order that is not stored yet, and the code of its letter.
    private func prepared(
        _ id: EnrolmentID, _ product: ProductProfile.ID, for subscriber: SubscriberID, serial: DeviceID?, activationCode: HeldSecret?,
        identification: Identification, accounts: Set<AccountID>
    ) async throws(SubscriberError) -> (Order, HeldSecret) {
        guard (accounts.map(\.rawValue) + [serial?.rawValue].compactMap(\.self)).allSatisfy(\.isPathSegment) else {
            throw .verification(.content(.noPathSegment))
        }
        let now = subscribers.now()
        let profile = try profile(of: product)
        do throws(VerificationError) { try subscribers.policy.admit(profile, at: now) } catch { throw .verification(error) }
        var activationHash: SecretHash?
        if profile.activation.contains(.activationCode) {
            guard let code = try activationCode?.normalised(), (5...64).contains(code.count) else {
                throw .enrolment(.unsuitableActivationCode)
            }
            activationHash = try await subscribers.hasher.hash(code)
        } else if activationCode != nil {
            throw .enrolment(.unsuitableActivationCode)
        }
        var generator = subscribers.random()
        let code = try HeldSecret.digits(Recovery.digits.challenge, using: &generator)
        let record = Order.Record(
            state: .ordered, orderedAt: now, activateBefore: now.addingTimeInterval(86_400 * TimeInterval(profile.activationDays)),
            serial: serial, identification: identification, accounts: accounts, activationCode: activationHash,
            challengeCode: try await subscribers.hasher.hash(code), done: [], failures: 0)
        return (Order(id: id, subscriber: subscriber, product: product, record: record), code)
    }
}

extension StoreTransaction {
    /// Adds an order, writes it down, and leaves a notice of it: whoever takes over somebody's account begins with a device.
    ///
    /// Neither names a serial number, which is sealed with the order until the device is enrolled.
    fileprivate func add(_ order: Order, at now: Date) throws(StoreError) {
        try insert(order)
        let facts = "\(order.product), identified by \(order.record.identification.rawValue)"
        try tell(.deviceOrdered(order.product), to: order.subscriber, writing: facts, at: now)
    }
}

extension EnrolmentID {
    /// The same for the same key of the same subscriber, so that an order needs no second name to be found by.
    ///
    /// 128 bits of SHA-256 over both, each with its length before it.
    fileprivate init(ofOrderBy subscriber: SubscriberID, key: String) {
        var hash = SHA256()
        for text in ["tessera/order/1", subscriber.rawValue, key] {
            hash.update(data: Array("\(text.utf8.count):\(text)".utf8))
        }
        rawValue = Array(hash.finalize().prefix(16)).lowercaseHexadecimal
    }
}

extension Order {
    /// Whether both were asked for in the same words, but for codes.
    fileprivate func isSameWish(as other: Order) -> Bool {
        product == other.product && record.serial == other.record.serial && record.identification == other.record.identification
            && record.accounts == other.record.accounts
    }
}
