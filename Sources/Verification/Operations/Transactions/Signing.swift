public import DeviceProtocol
import Foundation

extension Transactions {
    /// Begins one person's signature: an operation whose challenge has the transaction's content and their role, "signature k of n".
    ///
    /// The operation holds a place among the wanted signatures until it ends; without an answer that is soon. Places are left for those
    /// of whom the rule says that some must sign. A person who begins again, with another device perhaps, gives their earlier operation
    /// up. Where the account's rules were changed since the transaction was made, it can be signed no more: who lost their part would still
    /// count. An answer to a challenge that somebody has already counts under the rule that it shows.
    ///
    /// - Parameters:
    ///   - subscriber: who signs.
    ///   - device: with which of their devices.
    ///   - idempotencyKey: 1 to 255 bytes, unique for each of the person's operations.
    ///   - timeToLive: how long it may be answered, 1 to 86,400 s; it ends with the transaction at the latest.
    /// - Throws: ``VerificationError/transaction(_:)`` with the reason, and as
    ///   ``Operations/begin(_:for:with:idempotencyKey:timeToLive:role:attachment:)``; ``VerificationError/working(_:)`` while a device of
    ///   theirs is answering.
    public func sign(
        _ id: TransactionID, as subscriber: SubscriberID, with device: DeviceID, idempotencyKey: String, timeToLive: Int = 120
    ) async throws(VerificationError) -> Operation {
        guard (1...255).contains(idempotencyKey.utf8.count) else { throw .invalidIdempotencyKey }
        guard (1...86_400).contains(timeToLive) else { throw .content(.invalidLifetime(timeToLive)) }
        var generator = operations.random()
        let name = ChallengeID(using: &generator)
        return try await change(id) { transaction, store, now throws(StoreError) in
            if var known = try store.operation(of: subscriber, idempotencyKey: idempotencyKey) {
                let life = min(timeToLive, transaction.secondsLeft(at: known.challenge.issuedAt))
                guard known.device == device, known.challenge.timeToLive == life,
                    try store.transaction(signedIn: known.id)?.id == id
                else { return .failure(.idempotencyConflict(idempotencyKey)) }
                try store.settle(&known, at: now)
                return .success(known)
            }
            if transaction.state == .toBeSigned, let refusal = refusalOfChangedRule(transaction) { return .failure(.transaction(refusal)) }
            let place: Transaction.Place
            switch try store.place(for: subscriber, signingIn: name, in: transaction, at: now) {
            case .success(let free): place = free
            case .failure(let refusal): return .failure(refusal)
            }
            let challenge: Challenge
            do throws(ContentError) {
                challenge = try Challenge(
                    id: name, origin: operations.origin, issuedAt: now,
                    timeToLive: min(timeToLive, transaction.secondsLeft(at: now)), content: transaction.content,
                    role: transaction.rule.signerRole(of: subscriber, number: place.number))
            } catch { return .failure(.content(error)) }
            let begun = try store.begin(
                challenge, for: subscriber, with: device, idempotencyKey: idempotencyKey, admittedBy: operations.policy, at: now)
            guard case .success(let operation) = begun else { return begun }
            for place in transaction.places where place.signer == subscriber { try store.void(place.operation) }
            transaction.places = (try store.held(of: transaction, at: now) + [place]).sorted { $0.number < $1.number }
            try store.keep(name, signs: id)
            try store.update(transaction)
            return .success(operation)
        }
    }
}

extension StoreTransaction {
    /// The lowest number that is free, for a person who may take it.
    fileprivate func place(
        for subscriber: SubscriberID, signingIn name: ChallengeID, in transaction: Transaction, at now: Date
    ) throws(StoreError) -> Result<Transaction.Place, VerificationError> {
        guard transaction.state == .toBeSigned else { return .failure(.transaction(.over(transaction.id, transaction.state.name))) }
        let rule = transaction.rule
        guard rule.role(of: subscriber) != nil else { return .failure(.transaction(.notASigner(subscriber))) }
        let held = try held(of: transaction, at: now)
        if let own = held.first(where: { $0.signer == subscriber }) {
            guard own.signedAt == nil else { return .failure(.transaction(.signedAlready(subscriber))) }
            if try operation(own.operation)?.state == .working { return .failure(.working(own.operation)) }
        }
        let others = held.filter { $0.signer != subscriber }
        guard others.count < rule.signatures else { return .failure(.transaction(.placesTaken(rule.signatures))) }
        let shutOut = rule.groupsShutOut(by: Set(others.map(\.signer)).union([subscriber]))
        guard shutOut.isEmpty else {
            let wanted = rule.signers.filter { signer in shutOut.contains { $0.members.contains(signer.subscriber) } }.map(\.role)
            return .failure(.transaction(.placesReserved(wanted.reduce(into: []) { if !$0.contains($1) { $0.append($1) } })))
        }
        let number = (1...rule.signatures).first { number in !others.contains { $0.number == number } } ?? rule.signatures
        return .success(.init(number: number, signer: subscriber, operation: name))
    }

    /// The places of those who have signed, and of those whose operations can still be answered.
    fileprivate func held(of transaction: Transaction, at now: Date) throws(StoreError) -> [Transaction.Place] {
        var held: [Transaction.Place] = []
        for place in transaction.places {
            if place.signedAt == nil {
                guard var operation = try operation(place.operation) else { continue }
                try settle(&operation, at: now)
                guard operation.outcome == nil else { continue }
            }
            held.append(place)
        }
        return held
    }

    /// Lets an answer that was accepted count, and submits the transaction with the last one that is wanted.
    ///
    /// It runs in the store transaction that consumed the code. An operation that can be answered belongs to a transaction that can be
    /// signed, since closing one ends all its operations; where that does not hold, nothing is written.
    func countSignature(_ operation: Operation, at now: Date) throws(StoreError) {
        guard !operation.challenge.content.isLogin, var transaction = try transaction(signedIn: operation.id) else { return }
        guard transaction.state == .toBeSigned, operation.challenge.content == transaction.content,
            let index = transaction.places.firstIndex(where: { $0.operation == operation.id }),
            transaction.places[index].signer == operation.subscriber, transaction.places[index].signedAt == nil
        else { throw .conflict("the operation has no place in its transaction") }
        transaction.places[index].signedAt = now
        if transaction.rule.isMet(by: Set(transaction.signatures.map(\.signer))) { transaction.state = .submitted(at: now) }
        try update(transaction)
        if transaction.state != .toBeSigned { try append(AuditEvent(.submitted, transaction, by: operation.subscriber, at: now)) }
    }

    /// Closes a transaction whose time is over, durably.
    func settle(_ transaction: inout Transaction, at now: Date) throws(StoreError) {
        guard transaction.isOverdue(at: now) else { return }
        try close(&transaction, as: .expired, by: nil, at: now)
    }

    /// Closes a transaction and ends all operations that would sign it.
    func close(
        _ transaction: inout Transaction, as state: Transaction.State, by person: SubscriberID?, at now: Date
    ) throws(StoreError) {
        for place in transaction.places where place.signedAt == nil { try void(place.operation) }
        transaction.state = state
        try update(transaction)
        let event = AuditEvent(.closed, transaction, by: person, at: now)
        try append(state == .expired ? event.unasked : event)
    }

    /// Takes back what a device signed, or was about to, in transactions that wait for others: they stay to be signed.
    ///
    /// Its operations have ended before.
    func voidPlaces(of enrolment: Enrolment, at now: Date) throws(StoreError) {
        var before: Int64?
        repeat {
            let page = try transactions(of: enrolment.subscriber, in: .toBeSigned, before: before, limit: Transactions.pageLimit)
            for (_, stored) in page {
                var transaction = stored
                try settle(&transaction, at: now)
                guard transaction.state == .toBeSigned else { continue }
                var kept: [Transaction.Place] = []
                for place in transaction.places {
                    let signed = try operation(place.operation)
                    if signed?.enrolment != enrolment.id { kept.append(place) }
                }
                guard kept.count < transaction.places.count else { continue }
                transaction.places = kept
                try update(transaction)
                try append(AuditEvent(.signatureVoided, transaction, by: enrolment.subscriber, at: now))
            }
            before = page.count == Transactions.pageLimit ? page.last?.number : nil
        } while before != nil
    }

    /// Ends an operation whose answer would count no more; where a device is answering, nobody can tell whether it signed.
    fileprivate func void(_ id: ChallengeID) throws(StoreError) {
        guard var operation = try operation(id) else { return }
        var machine = OperationMachine(state: operation.state)
        guard machine.handle(operation.state == .working ? .lapsed : .cancelled) != nil else { return }
        operation.state = machine.state
        try update(operation)
    }
}

extension AuditEvent {
    /// What became of a transaction, which its digest names without its text.
    init(_ kind: Kind, _ transaction: Transaction, by person: SubscriberID?, at now: Date) {
        self.init(
            kind, at: now, subscriber: person,
            detail: "transaction \(transaction.id), \(transaction.state.name.rawValue), digest \(transaction.digest)")
    }
}

extension AuditEvent.Kind {
    /// A transaction was asked for.
    public static let proposed = Self(rawValue: "proposed")
    /// The last signature of a transaction was given.
    public static let submitted = Self(rawValue: "submitted")
    /// What a device had signed of a transaction counts no more.
    public static let signatureVoided = Self(rawValue: "signatureVoided")
    /// A transaction ended without all its signatures: replaced, withdrawn or expired.
    public static let closed = Self(rawValue: "closed")
}

extension Transaction {
    /// How many whole seconds it can still be signed, counted from the second that now lies in; at most a day's.
    fileprivate func secondsLeft(at now: Date) -> Int {
        // At most 90 days, so that it is a number that Int holds; both ends are whole.
        Int(max(0, min(86_400, expiresAt.timeIntervalSince1970 - now.timeIntervalSince1970.rounded(.down))))
    }
}

extension SignatureRule {
    /// What a person signs as; nothing where one signature is all that is wanted.
    fileprivate func signerRole(of subscriber: SubscriberID, number: Int) throws(ContentError) -> SignerRole? {
        guard signatures > 1, let role = role(of: subscriber) else { return nil }
        return try SignerRole(rule: name, role: role, number: number, of: signatures)
    }
}
