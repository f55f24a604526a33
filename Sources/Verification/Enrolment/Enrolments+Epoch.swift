import ScanChallenge

/// A store that was restored from a backup: the places that were spent since then are not known any more.
extension Enrolments {
    /// Begins a new epoch for all Scans and phones, in one transaction: every next challenge stands behind all before it.
    ///
    /// To be called after the database was restored from a backup, and before anything is sealed. Without it the devices refuse
    /// challenges as used, one after the other, until the restored count has caught up.
    ///
    /// - Parameter known: the highest epoch that was ever begun, from outside the database: a backup may be older than the last
    ///   one. 0 where nobody knows.
    /// - Returns: the epoch that begins, 2 or more; whoever keeps the backups writes it down.
    /// - Throws: ``VerificationError/scan(_:)`` when all 65,535 are spent; ``VerificationError/store(_:)``. Nothing changed then.
    @discardableResult
    public func beginEpoch(after known: UInt16 = 0) async throws(VerificationError) -> UInt16 {
        return try await store.decide { transaction throws(StoreError) -> Result<UInt16, VerificationError> in
            let now = now()
            var latest = max(known, 1)
            try transaction.eachSealed { (enrolment) throws(StoreError) in
                if let place = enrolment.sealing?.next { latest = max(latest, place.epoch) }
            }
            guard latest < .max else { return .failure(.scan(.unusableKey("all epochs are spent"))) }
            let epoch = latest + 1
            try transaction.eachSealed { (enrolment) throws(StoreError) in
                var raised = enrolment
                raised.sealing?.begin(epoch)
                if raised.sealing != enrolment.sealing { try transaction.update(raised) }
            }
            try transaction.append(AuditEvent(.configurationChanged, at: now, detail: "epoch \(epoch)"))
            return .success(epoch)
        }
    }
}

extension StoreTransaction {
    /// Visits all enrolments whose challenges are sealed, some at a time, so that a large bank's fit into memory.
    fileprivate func eachSealed(_ body: (Enrolment) throws(StoreError) -> Void) throws(StoreError) {
        var last: EnrolmentID?
        while true {
            let some = try sealedEnrolments(after: last, limit: 500)
            guard let end = some.last else { return }
            for enrolment in some { try body(enrolment) }
            last = end.id
        }
    }
}
