public import DeviceProtocol
public import Foundation
public import ScanChallenge

/// Operations from the request to the outcome, the same calls for every kind of device.
///
/// A request is begun, presented in the form that the device takes, and its answer submitted. A code that a person read off a
/// device and a signature of an attached one end in the same ``submit(_:to:stapled:claimedBy:)``.
public struct Operations: Sendable {
    let store: any Store
    /// The relying party, as a host name; every challenge carries it.
    public let origin: String
    let issuer: ScanIssuer?
    let policy: VerificationPolicy
    /// Tells the time by which challenges begin and end.
    public let now: @Sendable () -> Date
    let random: @Sendable () -> any RandomNumberGenerator

    /// The operations in `store`.
    ///
    /// - Parameters:
    ///   - origin: the relying party, as a host name; every challenge carries it.
    ///   - issuer: who seals challenges for Scans and phones; `nil` where there are none.
    ///   - now: tells the time.
    ///   - random: gives the source of each challenge's id.
    /// - Throws: ``VerificationError/testRootRefused`` for a production store with test roots.
    public init(
        store: any Store, origin: String, issuer: ScanIssuer? = nil, policy: VerificationPolicy = VerificationPolicy(),
        now: @escaping @Sendable () -> Date = { Date() },
        random: @escaping @Sendable () -> any RandomNumberGenerator = { SystemRandomNumberGenerator() }
    ) throws(VerificationError) {
        try policy.admit(store)
        self.store = store
        self.origin = origin
        self.issuer = issuer
        self.policy = policy
        self.now = now
        self.random = random
    }

    /// Begins an operation, or finds the one that the same request began.
    ///
    /// - Parameters:
    ///   - content: what is asked.
    ///   - subscriber: who is asked.
    ///   - device: which of their devices is to answer.
    ///   - idempotencyKey: 1 to 255 bytes, unique for each of the subscriber's requests.
    ///   - timeToLive: how long it may be answered, 1 to 86,400 s.
    ///   - role: what the subscriber signs as, where several must; each of them has an operation of their own.
    ///   - attachment: how it waits for an attached device; `nil` where its answer is submitted.
    /// - Throws: ``VerificationError``: device unknown, not active, retired or not admitted to approve; the person blocked; content or key
    ///   invalid, a login that only ``changeSecretImage(to:for:with:idempotencyKey:timeToLive:)`` begins; key used before with another
    ///   request.
    public func begin(
        _ content: Challenge.Content, for subscriber: SubscriberID, with device: DeviceID, idempotencyKey: String, timeToLive: Int = 120,
        role: SignerRole? = nil, attachment: Attachment? = nil
    ) async throws(VerificationError) -> Operation {
        try content.requirePlainLogin()
        return try await start(
            content, for: subscriber, with: device, idempotencyKey: idempotencyKey, timeToLive: timeToLive, role: role,
            attachment: attachment)
    }

    /// Begins an operation with any content.
    func start(
        _ content: Challenge.Content, for subscriber: SubscriberID, with device: DeviceID, idempotencyKey: String, timeToLive: Int,
        role: SignerRole? = nil, attachment: Attachment? = nil
    ) async throws(VerificationError) -> Operation {
        guard (1...255).contains(idempotencyKey.utf8.count) else { throw .invalidIdempotencyKey }
        let now = now()
        var generator = random()
        let challenge: Challenge
        do throws(ContentError) {
            challenge = try Challenge(
                id: ChallengeID(using: &generator), origin: origin, issuedAt: now, timeToLive: timeToLive, content: content, role: role)
        } catch { throw .content(error) }
        return try await store.decide { [policy] transaction throws(StoreError) in
            if var known = try transaction.operation(of: subscriber, idempotencyKey: idempotencyKey) {
                let asked = known.challenge
                guard asked.content == content, asked.role == role, asked.timeToLive == timeToLive, known.device == device else {
                    return .failure(.idempotencyConflict(idempotencyKey))
                }
                try transaction.settle(&known, at: now)
                return .success(known)
            }
            return try transaction.begin(
                challenge, for: subscriber, with: device, idempotencyKey: idempotencyKey, attachment: attachment, admittedBy: policy,
                at: now)
        }
    }

    /// The challenge in the form that the operation's device takes.
    ///
    /// A sealed one has its place in the order of the device's challenges, durably; asked again, it is the same text.
    ///
    /// - Throws: ``VerificationError``: no such operation, ended, device not active any more, no issuer, too large to be sealed.
    public func presentation(of id: ChallengeID) async throws(VerificationError) -> Presentation {
        try await advance(id) { [policy, issuer] operation, enrolment, transaction throws(StoreError) in
            do throws(VerificationError) {
                try enrolment.requireUsable(for: operation.challenge.content)
                switch try policy.profile(of: enrolment.product).method {
                case .timedCode, .countedCode: return .success(.nothing)
                case .signature: return .success(.plain(operation.challenge))
                case .scanCode: break
                }
                if let sealed = operation.sealed { return .success(.sealed(sealed)) }
                guard let issuer else { throw .noIssuer }
                guard var sealing = enrolment.sealing else { throw .wrongRegistration(enrolment.product) }
                do throws(ScanError) {
                    operation.sealed = try sealing.seal(operation.challenge, issuer: issuer)
                } catch { throw VerificationError.scan(error) }
                enrolment.sealing = sealing
            } catch { return .failure(error) }
            try transaction.update(enrolment)
            operation.change = try transaction.update(operation)
            return .success(operation.sealed.map(Presentation.sealed) ?? .nothing)
        }
    }

    /// Lets an operation that was begun elsewhere wait for an attached device; one that waits already goes on as it does.
    ///
    /// - Throws: ``VerificationError``: no such operation, ended, or a device is answering.
    public func attach(_ id: ChallengeID, _ attachment: Attachment) async throws(VerificationError) -> Operation {
        try await advance(id) { operation, _, transaction throws(StoreError) in
            guard operation.state == .pending else { return .failure(.working(id)) }
            guard operation.attachment == nil else { return .success(operation) }
            operation.attachment = Attachment(
                caller: attachment.caller, clerk: attachment.clerk, node: attachment.node, lease: attachment.lease)
            operation.change = try transaction.update(operation)
            return .success(operation)
        }
    }

    /// Says that an attached device is about to run what must not be repeated.
    ///
    /// From here on the operation cannot be cancelled, and without an answer it ends as ``Outcome/indeterminate``.
    ///
    /// - Parameter claim: who runs the device, kept with an operation that waits for an attached one.
    /// - Throws: ``VerificationError``: no such operation, ended, claimed already, or device not active any more.
    public func claim(_ id: ChallengeID, by claim: Claim? = nil) async throws(VerificationError) {
        _ = try await handle(.claimed, id) { $0.attachment?.claim = claim }
    }

    /// Ends a claimed operation whose device nobody waits for any more: its node stopped, or its claim lapsed.
    ///
    /// - Throws: ``VerificationError``: no such operation, ended, or not claimed.
    @discardableResult
    public func giveUp(_ id: ChallengeID) async throws(VerificationError) -> Operation {
        try await handle(.lost, id)
    }

    /// Takes the request back, before a device runs.
    ///
    /// - Throws: ``VerificationError``: no such operation, ended, or a device is answering.
    @discardableResult
    public func cancel(_ id: ChallengeID) async throws(VerificationError) -> Operation {
        try await handle(.cancelled, id)
    }

    /// Says that the device did not answer, and why.
    ///
    /// A person who declines, breaks off or does not react has cancelled; where nobody can tell whether the device signed, the outcome
    /// is indeterminate; all else has failed. None of them counts as a wrong answer.
    ///
    /// - Throws: ``VerificationError``: no such operation, ended, or indeterminate without a claim.
    @discardableResult
    public func report(_ error: DeviceError, for id: ChallengeID) async throws(VerificationError) -> Operation {
        try await handle(OperationMachine.Event(error), id)
    }

    /// One operation as it stands now.
    ///
    /// - Throws: ``VerificationError/noSuchOperation(_:)``, ``VerificationError/store(_:)``.
    public func operation(_ id: ChallengeID) async throws(VerificationError) -> Operation {
        let now = now()
        let found: Operation?
        do { found = try await store.lookUp { (reader) throws(StoreError) in try reader.operation(id) } } catch { throw .store(error) }
        guard let found else { throw .noSuchOperation(id) }
        guard found.isOverdue(at: now) else { return found }
        return try await store.decide { transaction throws(StoreError) in
            guard var operation = try transaction.operation(id) else { return .failure(.noSuchOperation(id)) }
            try transaction.settle(&operation, at: now)
            return .success(operation)
        }
    }

    /// Operations that were read, as they stand now: those whose time is over have ended, all of them in one transaction.
    ///
    /// - Throws: ``VerificationError/store(_:)``.
    public func settled(_ operations: [Operation]) async throws(VerificationError) -> [Operation] {
        let now = now()
        let late = operations.filter { $0.isOverdue(at: now) }.map(\.id)
        guard !late.isEmpty else { return operations }
        let ended = try await store.decide { transaction throws(StoreError) in
            var ended: [ChallengeID: Operation] = [:]
            for id in late {
                guard var operation = try transaction.operation(id) else { continue }
                try transaction.settle(&operation, at: now)
                ended[id] = operation
            }
            return .success(ended)
        }
        return operations.map { ended[$0.id] ?? $0 }
    }

    /// Ends operations whose time is over, durably, which otherwise happens when somebody looks at them.
    ///
    /// - Parameter limit: how many are ended at once, those first that were over first.
    /// - Throws: ``VerificationError/store(_:)``.
    public func endExpired(limit: Int) async throws(VerificationError) {
        let now = now()
        do throws(StoreError) {
            // Looked for first: a transaction has its price, even where nothing is over.
            let isAny = try await store.read { (reader) throws(StoreError) in try !reader.expiredOperations(at: now, limit: 1).isEmpty }
            guard isAny else { return }
            try await store.write { (transaction) throws(StoreError) in
                for var operation in try transaction.expiredOperations(at: now, limit: limit) {
                    try transaction.settle(&operation, at: now)
                }
            }
        } catch { throw .store(error) }
    }

    /// Takes an event that changes nothing but the operation.
    private func handle(
        _ event: OperationMachine.Event, _ id: ChallengeID, _ note: @escaping @Sendable (inout Operation) -> Void = { _ in }
    ) async throws(VerificationError) -> Operation {
        try await advance(id) { operation, enrolment, transaction throws(StoreError) in
            if event == .claimed {
                do throws(VerificationError) {
                    try enrolment.requireUsable(for: operation.challenge.content)
                } catch { return .failure(error) }
            }
            var machine = OperationMachine(state: operation.state)
            guard machine.handle(event) != nil else {
                return .failure(operation.state == .working ? .working(id) : .notWorking(id))
            }
            operation.state = machine.state
            note(&operation)
            operation.change = try transaction.update(operation)
            return .success(operation)
        }
    }

    /// Runs `body` on an operation that is not over, with its enrolment, in one transaction.
    private func advance<R: Sendable>(
        _ id: ChallengeID,
        _ body:
            @escaping @Sendable (inout Operation, inout Enrolment, any StoreTransaction) throws(StoreError) -> Result<R, VerificationError>
    ) async throws(VerificationError) -> R {
        return try await store.decide { transaction throws(StoreError) in
            let now = now()
            guard var asked = try transaction.asked(id) else { return .failure(.noSuchOperation(id)) }
            try transaction.settle(&asked.operation, at: now)
            if let outcome = asked.operation.outcome { return .failure(.ended(id, outcome.name)) }
            asked.enrolment.settle(at: now)
            return try body(&asked.operation, &asked.enrolment, transaction)
        }
    }
}

extension StoreTransaction {
    /// Begins an operation, if the subscriber's device may be asked that.
    func begin(
        _ challenge: Challenge, for subscriber: SubscriberID, with device: DeviceID, idempotencyKey: String,
        attachment: Attachment? = nil, admittedBy policy: VerificationPolicy, at now: Date
    ) throws(StoreError) -> Result<Operation, VerificationError> {
        guard var enrolment = try enrolment(of: device), enrolment.subscriber == subscriber else {
            return .failure(.noSuchDevice(device))
        }
        enrolment.settle(at: now)
        do throws(VerificationError) {
            try policy.admit(enrolment, to: challenge.content, at: now)
        } catch { return .failure(error) }
        // What opens a person again is asked of them all the same, and what a device that is on its way is asked is nobody's approval.
        if enrolment.state != .ordered, !Recovery.isWayBack(challenge.content, of: subscriber),
            try self.subscriber(subscriber)?.isBlockedFromApproving(at: now) ?? false
        {
            return .failure(.personBlocked(subscriber))
        }
        var operation = Operation(
            challenge: challenge, subscriber: subscriber, device: device, enrolment: enrolment.id, idempotencyKey: idempotencyKey,
            attachment: attachment)
        operation.change = try insert(operation)
        return .success(operation)
    }

    /// Ends an operation whose time is over, durably: an outcome that somebody was told never changes, whatever the clock does.
    func settle(_ operation: inout Operation, at now: Date) throws(StoreError) {
        guard operation.isOverdue(at: now) else { return }
        var machine = OperationMachine(state: operation.state)
        guard machine.handle(.lapsed) != nil else { return }
        operation.state = machine.state
        operation.change = try update(operation)
    }
}

extension VerificationPolicy {
    /// Refuses what this enrolment may not be asked.
    func admit(_ enrolment: Enrolment, to content: Challenge.Content, at now: Date) throws(VerificationError) {
        try enrolment.requireUsable(for: content)
        let profile = try profile(of: enrolment.product)
        try admit(profile, at: now)
        guard content.isLogin || profile.binding == .content || profile.admitsUnboundApprovals else {
            throw .approvalNotAdmitted(profile.id)
        }
    }
}
