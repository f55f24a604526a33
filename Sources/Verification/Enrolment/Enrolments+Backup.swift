public import DeviceProtocol
public import ScanChallenge

/// A phone's backup: a ticket that lets another phone take its place.
extension Enrolments {
    /// Switches the backup of a phone on; a ticket that was given before counts no longer.
    ///
    /// Whoever calls this has made sure of the person first, by their password (stated): ``Subscribers/confirm(_:of:)``.
    ///
    /// - Returns: what the phone keeps; the store keeps its hash.
    /// - Throws: ``VerificationError``: no such device, not active, or no phone that answers online.
    public func switchOnBackup(
        of device: DeviceID, using generator: inout some RandomNumberGenerator
    ) async throws(VerificationError) -> RestoreTicket {
        let ticket = RestoreTicket(device: device, using: &generator)
        try await keep(ticket, for: device)
        return ticket
    }

    /// Switches the backup of a phone off.
    ///
    /// - Throws: as ``switchOnBackup(of:using:)``.
    public func switchOffBackup(of device: DeviceID) async throws(VerificationError) { try await keep(nil, for: device) }

    private func keep(_ ticket: RestoreTicket?, for device: DeviceID) async throws(VerificationError) {
        try await change(device) { enrolment, transaction, now throws(StoreError) in
            guard enrolment.state == .active else { return .deviceNotActive(device, enrolment.state) }
            guard case .phone(var phone) = enrolment.credential else { return .noBackupPossible(device) }
            phone.keep(ticket)
            enrolment.credential = .phone(phone)
            let detail = ticket == nil ? "backup off" : "backup on"
            try transaction.append(AuditEvent(.configurationChanged, of: enrolment, at: now, detail: detail))
            return nil
        }
    }

    /// Enrols a new phone in place of the one that a ticket names: the new one is active and the old one revoked, both or
    /// neither.
    ///
    /// - Parameters:
    ///   - ticket: what was kept when the backup was switched on; it counts once.
    ///   - device: the new phone.
    ///   - registration: its keys, all of them new; a ``Registration/phone(_:_:_:)``.
    ///   - id: a fresh name, which its keys were derived with.
    ///   - isEmulated: whether it is a program.
    ///   - isPersonKnown: whether the bank has made sure of the person in another way: then a phone that is suspended or blocked
    ///     is restored, too, whatever it was suspended for. Otherwise it must be active.
    /// - Throws: ``VerificationError/restoreRefused`` and what ``enrol(_:as:for:with:id:isEmulated:life:replacing:)`` throws; the old phone
    ///   stays as it was.
    @discardableResult
    public func restore(
        _ ticket: RestoreTicket, to device: DeviceID, with registration: Registration, id: EnrolmentID, isEmulated: Bool = false,
        isPersonKnown: Bool = false
    ) async throws(VerificationError) -> Enrolment {
        guard store.mark == .test || !isEmulated else { throw .emulatedDeviceRefused(device) }
        let (credential, sealing) = try await accept(registration, of: device, isEmulated: isEmulated)
        guard case .phone = credential else { throw .noBackupPossible(device) }
        return try await store.decide { [policy] transaction throws(StoreError) in
            let now = now()
            guard var old = try transaction.enrolment(of: ticket.device), case .phone(var phone) = old.credential else {
                return .failure(.restoreRefused)
            }
            old.settle(at: now)
            let isRestorable =
                switch old.state {
                case .active: true
                // Whoever found a lost phone may have found its ticket with it.
                case .suspended, .blocked: isPersonKnown
                case .ordered, .revoked, .expired, .replaced: false
                }
            guard isRestorable else { return .failure(.restoreRefused) }
            let isRight = phone.takes(ticket, at: now)
            if isRight { phone.keep(nil) }
            old.credential = .phone(phone)
            guard isRight else {
                try transaction.update(old)
                try transaction.append(AuditEvent(.refused, of: old, at: now, detail: "restore ticket"))
                return .failure(.restoreRefused)
            }
            do throws(VerificationError) {
                try policy.admit(policy.profile(of: old.product), at: now)
            } catch { return .failure(error) }
            guard try transaction.enrolment(of: device) == nil else { return .failure(.alreadyEnrolled(device)) }
            do throws(EnrolmentRefusal) { try old.take(.revoke) } catch { return .failure(.enrolment(error)) }
            // Who the person is, what it opens and until when stay what they were; why the old one was stopped goes with it.
            var life = old.life
            life.helpdeskCode = nil
            life.wasBlocked = nil
            let new = Enrolment(
                id: id, subscriber: old.subscriber, device: device, product: old.product, isEmulated: isEmulated, credential: credential,
                sealing: sealing, life: life)
            old.life.successor = id
            try transaction.update(old)
            try transaction.insert(new)
            try transaction.endSessions(of: old.subscriber, openedBy: old.id)
            try transaction.tell(.deviceReplaced, to: old.subscriber, about: old.device, at: now)
            try transaction.append(AuditEvent(.activated, of: new, at: now, detail: "restored from \(old.device.rawValue)"))
            return .success(new)
        }
    }
}
