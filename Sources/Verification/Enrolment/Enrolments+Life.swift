public import DeviceProtocol
import Foundation

extension Enrolments {
    /// Suspends a device at once: the sessions that it opened end, and the operations that wait for it.
    ///
    /// For suspected fraud all sessions and waiting operations of the person end, whatever the device, and what this device signed counts
    /// no more in transactions that wait for further signatures.
    ///
    /// - Throws: ``VerificationError/noSuchDevice(_:)``, ``VerificationError/enrolment(_:)``, ``VerificationError/store(_:)``.
    public func suspend(_ device: DeviceID, by reason: SuspensionReason = .bank) async throws(VerificationError) {
        try await change(device) { enrolment, transaction, now throws(StoreError) in
            let before = enrolment.life.suspension
            do throws(EnrolmentRefusal) { try enrolment.take(.suspend) } catch { return .enrolment(error) }
            // Nobody talks the bank out of its suspicion by reporting the device as lost.
            let held: SuspensionReason = before == .fraud ? .fraud : reason
            enrolment.life.suspension = held
            try transaction.endSessions(of: enrolment.subscriber, openedBy: reason == .fraud ? nil : enrolment.id)
            // Nothing that was asked before can be answered once the device is re-activated.
            try transaction.endOperations(of: enrolment.subscriber) { reason == .fraud || $0.enrolment == enrolment.id }
            if reason == .fraud { try transaction.voidPlaces(of: enrolment, at: now) }
            if held == before {
                try transaction.append(AuditEvent(.suspended, of: enrolment, at: now, detail: held.rawValue))
            } else {
                try transaction.tell(.deviceSuspended(held), to: enrolment.subscriber, about: enrolment.device, at: now)
            }
            return nil
        }
    }

    /// Makes a suspended or blocked device usable again, and forgets its wrong answers and how far a Token's clock was off.
    ///
    /// The person's wrong answers to operations are forgotten as well. Codes that are spent stay spent. Whoever calls this has made sure of
    /// the person first: it is the bank's own way, also after suspected fraud. The person's ways are in ``Recovery``.
    ///
    /// - Throws: ``VerificationError/noSuchDevice(_:)``, ``VerificationError/enrolment(_:)``, ``VerificationError/store(_:)``.
    public func resume(_ device: DeviceID) async throws(VerificationError) {
        try await change(device) { enrolment, transaction, now throws(StoreError) in
            let wasActive = enrolment.state == .active
            do throws(EnrolmentRefusal) { try enrolment.take(wasActive ? .reset : .reactivate) } catch { return .enrolment(error) }
            if wasActive {
                try transaction.append(AuditEvent(.configurationChanged, of: enrolment, at: now, detail: "reset"))
            } else {
                try transaction.tell(.deviceReactivated, to: enrolment.subscriber, about: enrolment.device, because: "the bank", at: now)
            }
            try transaction.forgetWrongApprovals(of: enrolment.subscriber, because: "the bank", at: now)
            return nil
        }
    }

    /// Forgets an active device's wrong answers and the person's to operations, and how far its clock or counter was off; codes that are
    /// spent stay spent.
    ///
    /// - Throws: ``VerificationError/enrolment(_:)`` for a device that is not active, ``VerificationError/noSuchDevice(_:)``,
    ///   ``VerificationError/store(_:)``.
    public func reset(_ device: DeviceID) async throws(VerificationError) {
        try await change(device) { enrolment, transaction, now throws(StoreError) in
            do throws(EnrolmentRefusal) { try enrolment.take(.reset) } catch { return .enrolment(error) }
            try transaction.append(AuditEvent(.configurationChanged, of: enrolment, at: now, detail: "reset"))
            try transaction.forgetWrongApprovals(of: enrolment.subscriber, because: "the bank", at: now)
            return nil
        }
    }

    /// Ends a device for good, and the sessions that it opened.
    ///
    /// - Throws: ``VerificationError/noSuchDevice(_:)``, ``VerificationError/enrolment(_:)``, ``VerificationError/store(_:)``.
    public func revoke(_ device: DeviceID) async throws(VerificationError) {
        try await change(device) { enrolment, transaction, now throws(StoreError) in
            do throws(EnrolmentRefusal) { try enrolment.take(.revoke) } catch { return .enrolment(error) }
            try transaction.endSessions(of: enrolment.subscriber, openedBy: enrolment.id)
            try transaction.tell(.deviceEnded, to: enrolment.subscriber, about: enrolment.device, at: now)
            return nil
        }
    }

    /// Lets the validity of an active device begin anew where it would have ended: for the product's years once more.
    ///
    /// A card is renewed by a new one that replaces it, because its certificates name it.
    ///
    /// - Throws: ``VerificationError/enrolment(_:)``: not active, a card, or too early; ``VerificationError/noSuchDevice(_:)``,
    ///   ``VerificationError/store(_:)``.
    public func renew(_ device: DeviceID) async throws(VerificationError) {
        let policy = policy
        try await change(device) { enrolment, transaction, now throws(StoreError) in
            let end: Date
            do throws(EnrolmentRefusal) { end = try enrolment.renew(by: policy, at: now) } catch { return .enrolment(error) }
            try transaction.tell(.deviceRenewed(until: end), to: enrolment.subscriber, about: enrolment.device, at: now)
            return nil
        }
    }

    /// Gives a device a name, or takes it away.
    ///
    /// - Throws: ``VerificationError/enrolment(_:)`` for a name that cannot be shown, or an enrolment that is over;
    ///   ``VerificationError/noSuchDevice(_:)``, ``VerificationError/store(_:)``.
    public func rename(_ device: DeviceID, to name: String?) async throws(VerificationError) {
        try await changeLiving(device) { enrolment, transaction, now throws(StoreError) in
            do throws(EnrolmentRefusal) {
                enrolment.life.name = try name.map { (text) throws(EnrolmentRefusal) in try EnrolmentLife.checkedName(text) }
            } catch { return .enrolment(error) }
            let detail = name == nil ? "name removed" : "named"
            try transaction.append(AuditEvent(.configurationChanged, of: enrolment, at: now, detail: detail))
            return nil
        }
    }

    /// Says how the person was identified when a device was handed over that was enrolled without saying so.
    ///
    /// What is known already is neither written nor told again.
    ///
    /// - Throws: ``VerificationError/enrolment(_:)`` for an enrolment that is over, ``VerificationError/noSuchDevice(_:)``,
    ///   ``VerificationError/store(_:)``.
    public func identify(_ device: DeviceID, by identification: Identification) async throws(VerificationError) {
        try await changeLiving(device) { enrolment, transaction, now throws(StoreError) in
            let before = enrolment.life.identification
            guard identification != before else { return nil }
            enrolment.life.identification = identification
            let facts = "identified by \(identification.rawValue), before by \(before?.rawValue ?? "nobody")"
            try transaction.tell(.deviceIdentified, to: enrolment.subscriber, about: enrolment.device, writing: facts, at: now)
            return nil
        }
    }

    /// Links an enrolment to an account, which it then opens, or unlinks it; what is so already is neither written nor told again.
    ///
    /// The audit log does not say which account: its rows stay when the person's data is erased.
    ///
    /// - Throws: ``VerificationError/enrolment(_:)`` for an enrolment that is over, ``VerificationError/noSuchDevice(_:)``,
    ///   ``VerificationError/store(_:)``.
    public func link(_ device: DeviceID, to account: AccountID, isLinked: Bool = true) async throws(VerificationError) {
        guard !isLinked || account.rawValue.isPathSegment else { throw .content(.noPathSegment) }
        try await changeLiving(device) { enrolment, transaction, now throws(StoreError) in
            guard enrolment.life.accounts.contains(account) != isLinked else { return nil }
            if isLinked { enrolment.life.accounts.insert(account) } else { enrolment.life.accounts.remove(account) }
            let facts = isLinked ? "account linked" : "account unlinked"
            try transaction.tell(.accountsChanged, to: enrolment.subscriber, about: enrolment.device, writing: facts, at: now)
            return nil
        }
    }

    /// Changes what is known of an enrolment whose life goes on.
    private func changeLiving(
        _ device: DeviceID,
        _ body: @escaping @Sendable (inout Enrolment, any StoreTransaction, Date) throws(StoreError) -> VerificationError?
    ) async throws(VerificationError) {
        try await change(device) { enrolment, transaction, now throws(StoreError) in
            guard !enrolment.state.isFinal else { return .enrolment(.over(enrolment.state)) }
            return try body(&enrolment, transaction, now)
        }
    }

    /// Changes an enrolment in one transaction, after time has done its part; a refusal changes nothing.
    ///
    /// - Parameter body: changes it, and says in the audit log what it changed.
    func change(
        _ device: DeviceID,
        _ body: @escaping @Sendable (inout Enrolment, any StoreTransaction, Date) throws(StoreError) -> VerificationError?
    ) async throws(VerificationError) {
        try await store.decide { transaction throws(StoreError) -> Result<Void, VerificationError> in
            let now = now()
            guard var enrolment = try transaction.enrolment(of: device) else { return .failure(.noSuchDevice(device)) }
            enrolment.settle(at: now)
            if let refusal = try body(&enrolment, transaction, now) { return .failure(refusal) }
            try transaction.update(enrolment)
            return .success(())
        }
    }
}

extension StoreTransaction {
    /// Why a new enrolment cannot be added; `nil` when it can.
    ///
    /// A device whose former enrolment is over may be enrolled anew; the codes of a Token that were spent stay spent.
    func admit(
        _ enrolment: inout Enrolment, as profile: ProductProfile, replacing replaced: DeviceID?, at now: Date
    ) throws(StoreError) -> VerificationError? {
        if var former = try self.enrolment(of: enrolment.device) {
            let stored = former.state
            former.settle(at: now)
            guard former.state.isFinal else { return .alreadyEnrolled(enrolment.device) }
            if former.state != stored { try update(former) }
            // Not the latest alone: a key may come back after another one took its place.
            for old in try formerEnrolments(of: enrolment.device) { enrolment.credential.follow(old.credential) }
        }
        return try place(for: profile, of: enrolment.subscriber, replacing: replaced, at: now)
    }

    /// Why a person may not have a further device of a product; `nil` when they may.
    func place(
        for profile: ProductProfile, of subscriber: SubscriberID, replacing replaced: DeviceID?, at now: Date
    ) throws(StoreError) -> VerificationError? {
        let held = try enrolments(of: subscriber).living(at: now).filter { $0.product == profile.id }
        if let replaced {
            guard held.contains(where: { $0.device == replaced && $0.state != .ordered }) else { return .enrolment(.unsuitableReplacement) }
        }
        guard let limit = profile.limitPerSubscriber else { return nil }
        // One that replaces another takes its place, not a further one.
        let others = held.filter { $0.device != replaced }
        return others.count < limit ? nil : .limitReached(profile.id, limit: limit)
    }

    /// Ends the enrolment of a device whose place another one takes.
    func replace(_ device: DeviceID, by successor: Enrolment, at now: Date) throws(StoreError) {
        guard var old = try enrolment(of: device), old.subscriber == successor.subscriber else { return }
        old.settle(at: now)
        do throws(EnrolmentRefusal) { try old.take(.replace) } catch { return }
        old.life.successor = successor.id
        try update(old)
        try endSessions(of: old.subscriber, openedBy: old.id)
        try tell(.deviceReplaced, to: old.subscriber, about: old.device, at: now)
    }
}

extension Enrolment {
    /// Lets its validity begin anew where it would have ended; the new end.
    fileprivate mutating func renew(by policy: VerificationPolicy, at now: Date) throws(EnrolmentRefusal) -> Date {
        if case .certificates = credential { throw .renewedAsOtherDevice }
        let old = life.validUntil ?? now
        let start = old.addingTimeInterval(-86_400 * TimeInterval(policy.renewalDays))
        try take(.renew)
        guard now >= start else { throw .renewalTooEarly(from: start) }
        let end = policy.products.first { $0.id == product }?.validity(from: old) ?? old
        life.validUntil = end
        return end
    }
}

extension Credential {
    /// Keeps spent what was spent in a former enrolment with the same key.
    fileprivate mutating func follow(_ former: Credential) {
        switch (former, self) {
        case (.timedCode(let old), .timedCode(let new)) where old.key == new.key: self = .timedCode(new.following(old))
        case (.countedCode(let old), .countedCode(let new)) where old.key == new.key: self = .countedCode(new.following(old))
        default: break
        }
    }
}

extension ProductProfile {
    /// The first moment at which an enrolment that begins at `start` is valid no more; in years of the Gregorian calendar.
    func validity(from start: Date) -> Date {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.date(byAdding: .year, value: validityYears, to: start) ?? start
    }
}
