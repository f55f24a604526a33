public import DeviceProtocol
public import Foundation

/// Which picture tells somebody that the bank is asking: chosen, changed, shown.
///
/// One for a person, whatever the application. It is drawn elsewhere, with the operation's details in it.
public struct SecretImages: Sendable {
    private let store: any Store
    private let sessions: Sessions
    private let set: SecretImageSet
    private let policy: VerificationPolicy
    private let now: @Sendable () -> Date
    private let random: @Sendable () -> any RandomNumberGenerator

    /// The secret images in `store`.
    ///
    /// - Parameters:
    ///   - set: the pictures that there are.
    ///   - now: tells the time.
    ///   - random: gives the source of the nine.
    public init(
        store: any Store, set: SecretImageSet, policy: VerificationPolicy = VerificationPolicy(),
        now: @escaping @Sendable () -> Date = { Date() },
        random: @escaping @Sendable () -> any RandomNumberGenerator = { SystemRandomNumberGenerator() }
    ) {
        self.store = store
        sessions = Sessions(store: store, now: now)
        self.set = set
        self.policy = policy
        self.now = now
        self.random = random
    }

    /// The picture to show to whoever typed this user ID.
    ///
    /// Who is not there, and who has not chosen, is shown a decoy: the same one each time, after the same work. A picture that the set
    /// has no more is named all the same: to show another one would teach people not to look.
    ///
    /// - Throws: ``SubscriberError/verification(_:)`` when the store fails.
    public func picture(for user: String) async throws(SubscriberError) -> String {
        let decoy = set.decoy(for: user)
        let id = SubscriberID(rawValue: user)
        let chosen = try await store.look { reader throws(StoreError) in
            guard let id else { return nil as String? }
            return try reader.subscriber(id)?.record.secretImage
        }
        return chosen ?? decoy
    }

    /// The nine to choose from: drawn at random, and the same until one of them is chosen, so that nobody looks through the whole set.
    ///
    /// Looking at them is no activity of the session.
    ///
    /// - Throws: ``SubscriberError/sessionOver``; ``SubscriberError/secretImage(_:)`` for a first choice in a session that no device
    ///   with a secret image opened.
    public func offer(in token: SessionToken) async throws(SubscriberError) -> [String] {
        var generator = random()
        // Ten drawn, nine shown: one of them may be the one that is to be replaced.
        let drawn = set.draw(SecretImageSet.offerCount + 1, using: &generator)
        return try await change(in: token, isActivity: false) { [set] subscriber, _, _ -> Result<[String], SubscriberError> in
            let current = subscriber.record.secretImage
            if let offered = subscriber.record.offeredImages, Set(offered).isSubset(of: set.names) { return .success(offered) }
            let offered = Array(drawn.filter { $0 != current }.prefix(SecretImageSet.offerCount))
            subscriber.record.offeredImages = offered
            return .success(offered)
        }
    }

    /// Chooses one of the nine: for the first time, or in place of another after authenticating for it.
    ///
    /// - Parameter operation: for a change, the login that ``Operations/changeSecretImage(to:for:with:idempotencyKey:timeToLive:)`` began
    ///   for this picture and no other; by any device of the person, once, within ten minutes.
    /// - Throws: ``SubscriberError/sessionOver``; ``SubscriberError/secretImage(_:)`` for one that was not offered, with a device that
    ///   shows none, or for a change that was not approved.
    public func choose(_ name: String, in token: SessionToken, approvedBy operation: ChallengeID? = nil) async throws(SubscriberError) {
        let content: Challenge.Content
        do throws(ContentError) { content = SensitiveAction.changeSecretImage(try SecretImageChange(image: name)).content } catch {
            throw .verification(.content(error))
        }
        try await change(in: token) { subscriber, transaction, now throws(StoreError) -> Result<Void, SubscriberError> in
            guard subscriber.record.offeredImages?.contains(name) == true else { return .failure(.secretImage(.notOffered)) }
            if subscriber.record.secretImage != nil {
                guard let operation, try transaction.spendApproval(operation, of: content, by: &subscriber, at: now) else {
                    return .failure(.secretImage(.notApproved))
                }
            }
            subscriber.record.secretImage = name
            subscriber.record.offeredImages = nil
            try transaction.tell(.secretImageChosen, to: subscriber.id, at: now)
            return .success(())
        }
    }

    /// Changes a session's subscriber, in one transaction; the session goes on where this is the person's own doing.
    private func change<R: Sendable>(
        in token: SessionToken, isActivity: Bool = true,
        _ body: @escaping @Sendable (inout Subscriber, any StoreTransaction, Date) throws(StoreError) -> Result<R, SubscriberError>
    ) async throws(SubscriberError) -> R {
        let session = isActivity ? try await sessions.goOn(with: token) : try await sessions.session(of: token)
        return try await store.settle { [policy] transaction throws(StoreError) -> Result<R, SubscriberError> in
            let now = now()
            // It may have been ended since.
            guard try transaction.session(session.id) != nil, var subscriber = try transaction.subscriber(session.subscriber),
                let enrolment = try transaction.enrolment(session.enrolment)
            else { return .failure(.sessionOver) }
            if subscriber.record.secretImage == nil {
                let profile = policy.products.first { $0.id == enrolment.product }
                guard profile?.showsSecretImage == true else { return .failure(.secretImage(.notWithThisDevice)) }
            }
            let result = try body(&subscriber, transaction, now)
            if case .success = result { try transaction.update(subscriber) }
            return result
        }
    }
}
