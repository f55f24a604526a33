public import DeviceProtocol

// The operations by what people call them. Each is bound to its content: the answer covers the challenge's DER, the evidence keeps its hash.

extension Operations {
    /// Begins a login; RTS, Article 4.
    ///
    /// - Throws: as ``begin(_:for:with:idempotencyKey:timeToLive:role:attachment:)``; so do the others.
    public func authenticate(
        _ login: Login, for subscriber: SubscriberID, with device: DeviceID, idempotencyKey: String, timeToLive: Int = 120
    ) async throws(VerificationError) -> Operation {
        try await begin(.authenticate(login), for: subscriber, with: device, idempotencyKey: idempotencyKey, timeToLive: timeToLive)
    }

    /// Begins the approval of a payment by one person: amount and payee are shown, and the answer is specific to them; RTS, Article 5(1).
    public func approve(
        _ payment: Payment, for subscriber: SubscriberID, with device: DeviceID, idempotencyKey: String, timeToLive: Int = 120
    ) async throws(VerificationError) -> Operation {
        try await begin(.approvePayment(payment), for: subscriber, with: device, idempotencyKey: idempotencyKey, timeToLive: timeToLive)
    }

    /// Begins the approval of a batch by one person: the answer is specific to the total and the payees; RTS, Article 5(3)(b).
    public func approve(
        _ batch: Batch, for subscriber: SubscriberID, with device: DeviceID, idempotencyKey: String, timeToLive: Int = 120
    ) async throws(VerificationError) -> Operation {
        try await begin(.approveBatch(batch), for: subscriber, with: device, idempotencyKey: idempotencyKey, timeToLive: timeToLive)
    }

    /// Begins the approval of a new trusted beneficiary; RTS, Article 13(1).
    public func addBeneficiary(
        _ beneficiary: Beneficiary, for subscriber: SubscriberID, with device: DeviceID, idempotencyKey: String, timeToLive: Int = 120
    ) async throws(VerificationError) -> Operation {
        try await begin(.addBeneficiary(beneficiary), for: subscriber, with: device, idempotencyKey: idempotencyKey, timeToLive: timeToLive)
    }

    /// Begins the approval of a new device by one that is enrolled; RTS, Article 24(2)(b).
    public func enrol(
        _ activation: Activation, for subscriber: SubscriberID, with device: DeviceID, idempotencyKey: String, timeToLive: Int = 120
    ) async throws(VerificationError) -> Operation {
        try await begin(.enrol(activation), for: subscriber, with: device, idempotencyKey: idempotencyKey, timeToLive: timeToLive)
    }

    /// Begins the login after which the secret image is changed to one picture and no other.
    public func changeSecretImage(
        to change: SecretImageChange, for subscriber: SubscriberID, with device: DeviceID, idempotencyKey: String, timeToLive: Int = 120
    ) async throws(VerificationError) -> Operation {
        try await start(
            SensitiveAction.changeSecretImage(change).content, for: subscriber, with: device, idempotencyKey: idempotencyKey,
            timeToLive: timeToLive)
    }

    private func begin(
        _ action: SensitiveAction, for subscriber: SubscriberID, with device: DeviceID, idempotencyKey: String, timeToLive: Int
    ) async throws(VerificationError) -> Operation {
        try await begin(action.content, for: subscriber, with: device, idempotencyKey: idempotencyKey, timeToLive: timeToLive)
    }
}
