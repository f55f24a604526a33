public import DeviceProtocol
import Foundation

extension Enrolments {
    /// Finds the clock or counter of a device again by two codes that it showed one after the other; both are spent.
    ///
    /// A wrong pair counts as a wrong answer of the device, and may block it (RTS, Article 4(3)(b)); a right one forgets no wrong answers,
    /// since nobody has logged in with it.
    ///
    /// - Throws: ``VerificationError/notResynchronised(_:)``, also for devices without such codes;
    ///   ``VerificationError/deviceNotActive(_:_:)``, ``VerificationError/noSuchDevice(_:)``, ``VerificationError/unknownProduct(_:)``,
    ///   ``VerificationError/store(_:)``.
    public func resynchronise(_ device: DeviceID, with first: String, _ second: String) async throws(VerificationError) {
        try await store.decide { [policy] transaction throws(StoreError) -> Result<Void, VerificationError> in
            let now = now()
            guard var enrolment = try transaction.enrolment(of: device) else { return .failure(.noSuchDevice(device)) }
            let profile: ProductProfile
            enrolment.settle(at: now)
            guard enrolment.state == .active else { return .failure(.deviceNotActive(device, enrolment.state)) }
            do throws(VerificationError) {
                profile = try policy.profile(of: enrolment.product)
                try policy.admit(profile, at: now)
            } catch { return .failure(error) }
            let found: Credential?
            switch (enrolment.credential, profile.method) {
            case (.timedCode(let codes), .timedCode(let parameters)):
                found = codes.resynchronised(by: first, second, at: now, as: parameters).map(Credential.timedCode)
            case (.countedCode(let codes), .countedCode(let parameters)):
                found = codes.resynchronised(by: first, second, as: parameters).map(Credential.countedCode)
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
            enrolment.credential = found
            try transaction.update(enrolment)
            try transaction.append(AuditEvent(.resynchronised, of: enrolment, at: now))
            return .success(())
        }
    }
}

extension AuditEvent.Kind {
    /// A device's clock or counter was found again.
    public static let resynchronised = Self(rawValue: "resynchronised")
}
