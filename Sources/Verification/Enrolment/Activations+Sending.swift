import DeviceProtocol
import Foundation
import ScanChallenge

extension Activations {
    /// Takes the factory's word for which Scan or phone goes to the person; ``Pairings`` begin with it.
    ///
    /// Another one may be sent until one is paired.
    ///
    /// - Throws: ``SubscriberError``: no such order, over or paired already, no product that is paired, another serial number than the
    ///   order's, an emulated device in a production store.
    public func send(_ device: SentDevice, for id: EnrolmentID) async throws(SubscriberError) {
        let (known, _) = try await state(of: id)
        let profile = try profile(of: known.product)
        guard subscribers.store.mark == .test || !device.isEmulated else { throw .verification(.emulatedDeviceRefused(device.serial)) }
        guard case .scanCode = profile.method else { throw .verification(.wrongRegistration(known.product)) }
        try await unpaired(id) { order, _, _, _ throws(StoreError) -> Result<Void, SubscriberError> in
            if let serial = order.record.serial, serial != device.serial {
                return .failure(.verification(.otherSerial(device.serial, of: serial)))
            }
            order.record.sent = device
            return .success(())
        }
    }

    /// Begins the next pairing of the device that was sent, where the person may have it, in place of one that goes on.
    ///
    /// Its place is spent with the same commit.
    func beginPairing(of id: EnrolmentID, replacing replaced: DeviceID?, by issuer: ScanIssuer) async throws(SubscriberError) {
        let random = subscribers.random
        try await unpaired(id) { order, profile, transaction, now throws(StoreError) -> Result<Void, SubscriberError> in
            if let end = order.record.closedUntil, now < end { return .failure(.enrolment(.closed(until: end))) }
            guard var device = order.record.sent else { return .failure(.enrolment(.notSent(id))) }
            if let refusal = try transaction.place(for: profile, of: order.subscriber, replacing: replaced, at: now) {
                return .failure(.verification(refusal))
            }
            guard let place = device.spendPlace(at: now) else {
                return .failure(.verification(.scan(.unusableKey("all places in the order of its pairings are spent"))))
            }
            do throws(ScanError) {
                var generator = random()
                let pairing = try ScanPairing(
                    try device.record(), enrolment: id.rawValue, sequence: place, issuer: issuer, using: &generator)
                device.pairing = SentDevice.KeptPairing(
                    saved: pairing.saved, replaced: replaced, endsAt: now.addingTimeInterval(Pairings.lifetime))
            } catch { return .failure(.verification(.scan(error))) }
            order.record.sent = device
            return .success(())
        }
    }

    /// Changes an order of which the keys are not known yet, in one transaction; a refusal changes nothing.
    private func unpaired<Value: Sendable>(
        _ id: EnrolmentID,
        _ body:
            @escaping @Sendable (inout Order, ProductProfile, any StoreTransaction, Date) throws(StoreError) -> Result<
                Value, SubscriberError
            >
    ) async throws(SubscriberError) -> Value {
        let policy = subscribers.policy
        return try await subscribers.store.settle { transaction throws(StoreError) -> Result<Value, SubscriberError> in
            let now = subscribers.now()
            guard var order = try transaction.order(id), let subscriber = try transaction.subscriber(order.subscriber),
                let profile = policy.products.first(where: { $0.id == order.product })
            else { return .failure(.enrolment(.noSuchOrder(id))) }
            order.settle(at: now)
            guard order.record.state == .ordered, !order.record.done.contains(.keys) else {
                let next = order.record.state == .ordered ? order.next(in: profile, for: subscriber) : nil
                return .failure(Self.refusal(of: order, .keys, next: next, at: now))
            }
            let outcome = try body(&order, profile, transaction, now)
            if case .success = outcome { try transaction.update(order) }
            return outcome
        }
    }
}
