public import DeviceProtocol
import Foundation

extension Enrolments {
    /// Where two codes have found a device.
    public enum Resynchronised: Hashable, Sendable {
        /// Its clock is so many steps ahead of ours, or behind it when negative; each takes `step`.
        case clock(ahead: Int64, step: Duration)
        /// So many of its codes were shown and never used.
        case counter(skipped: UInt64)
    }

    /// Finds the clock or counter of a device again by two codes that it showed one after the other; both are spent.
    ///
    /// A wrong pair counts as a wrong answer of the device, and may block it (RTS, Article 4(3)(b)); a right one forgets no wrong answers,
    /// since nobody has logged in with it.
    ///
    /// - Returns: how far it was off.
    /// - Throws: ``VerificationError/notResynchronised(_:)``, also for devices without such codes;
    ///   ``VerificationError/deviceNotActive(_:_:)``, ``VerificationError/noSuchDevice(_:)``, ``VerificationError/unknownProduct(_:)``,
    ///   ``VerificationError/store(_:)``.
    @discardableResult
    public func resynchronise(
        _ device: DeviceID, with first: String, _ second: String
    ) async throws(VerificationError) -> Resynchronised {
        try await store.decide { [policy] transaction throws(StoreError) -> Result<Resynchronised, VerificationError> in
            let now = now()
            guard var enrolment = try transaction.enrolment(of: device) else { return .failure(.noSuchDevice(device)) }
            let profile: ProductProfile
            enrolment.settle(at: now)
            guard enrolment.state == .active else { return .failure(.deviceNotActive(device, enrolment.state)) }
            do throws(VerificationError) {
                profile = try policy.profile(of: enrolment.product)
                try policy.admit(profile, at: now)
            } catch { return .failure(error) }
            let found: (credential: Credential, place: Resynchronised)?
            switch (enrolment.credential, profile.method) {
            case (.timedCode(let codes), .timedCode(let parameters)):
                found = codes.resynchronised(by: first, second, at: now, as: parameters).map {
                    (credential: .timedCode($0), place: .clock(ahead: $0.drift, step: parameters.step))
                }
            case (.countedCode(let codes), .countedCode(let parameters)):
                found = codes.resynchronised(by: first, second, as: parameters).map {
                    (credential: .countedCode($0), place: .counter(skipped: codes.skipped(to: $0)))
                }
            default:
                return .failure(.notResynchronised(device))
            }
            guard let found else {
                let notice = enrolment.countFailure(by: policy.blocking.limited(to: profile.failureLimit), at: now)
                try transaction.update(enrolment)
                try transaction.append(AuditEvent(.refused, of: enrolment, at: now, detail: "two codes, failures \(enrolment.failures)"))
                try transaction.tell(notice, to: enrolment.subscriber, about: device, at: now)
                return .failure(.notResynchronised(device))
            }
            enrolment.credential = found.credential
            try transaction.update(enrolment)
            try transaction.append(AuditEvent(.resynchronised, of: enrolment, at: now))
            return .success(found.place)
        }
    }
}

extension CountedCode {
    /// How many codes lie unused between the one that was expected and the two that led to `found`.
    fileprivate func skipped(to found: CountedCode) -> UInt64 {
        let last = found.next.map { $0 &- 1 } ?? .max
        return last &- 1 &- (next ?? 0)
    }
}

extension AuditEvent.Kind {
    /// A device's clock or counter was found again.
    public static let resynchronised = Self(rawValue: "resynchronised")
}
