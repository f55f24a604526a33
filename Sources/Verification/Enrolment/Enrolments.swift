public import Crypto
public import DeviceProtocol
public import Foundation
public import ScanChallenge

/// The devices of all subscribers: they are enrolled, suspended, resumed and found.
public struct Enrolments: Sendable {
    let store: any Store
    let policy: VerificationPolicy
    let now: @Sendable () -> Date

    /// The enrolments in `store`.
    ///
    /// - Parameter now: tells the time.
    /// - Throws: ``VerificationError/testRootRefused`` for a production store with test roots.
    public init(store: any Store, policy: VerificationPolicy = VerificationPolicy(), now: @escaping @Sendable () -> Date = { Date() })
        throws(VerificationError)
    {
        try policy.admit(store)
        self.store = store
        self.policy = policy
        self.now = now
    }

    /// What a device brings along when it is enrolled.
    public enum Registration: Sendable {
        /// A Token's key (RFC 6238), at least 16 bytes (RFC 4226, section 4, R6).
        case seed(SymmetricKey)
        /// A Scan's or phone's factory record, and the keys of the pairing under the enrolment's id.
        case pairing(ScanFactoryRecord, ScanKeys)
        /// The same of a phone that answers online, too, with the public key that the pairing vouched for.
        case phone(ScanFactoryRecord, ScanKeys, AnswerKey)
        /// A card's certificates; the device is named by the authentication certificate's fingerprint.
        case certificates(CardCertificates)
    }

    /// Enrols a device.
    ///
    /// - Parameters:
    ///   - id: a fresh name, which a Scan's keys were already derived with.
    ///   - isEmulated: whether the device is a program.
    /// - Throws: ``VerificationError``: emulated in a production store; product unknown, retired or of another method; more than one
    ///   subscriber may have; device already enrolled; certificates refused, or of another device.
    @discardableResult
    public func enrol(
        _ device: DeviceID, as product: ProductProfile.ID, for subscriber: SubscriberID, with registration: Registration,
        id: EnrolmentID, isEmulated: Bool = false
    ) async throws(VerificationError) -> Enrolment {
        guard store.mark == .test || !isEmulated else { throw .emulatedDeviceRefused(device) }
        let profile = try policy.profile(of: product)
        try policy.admit(profile, at: now())
        let (credential, sealing) = try await accept(registration, of: device, isEmulated: isEmulated)
        guard credential.fits(profile.method) else { throw .wrongRegistration(product) }
        let enrolment = Enrolment(
            id: id, subscriber: subscriber, device: device, product: product, isEmulated: isEmulated, credential: credential,
            sealing: sealing)
        let now = now()
        return try await store.decide { transaction throws(StoreError) in
            guard try transaction.enrolment(of: device) == nil else { return .failure(.alreadyEnrolled(device)) }
            if let limit = profile.limitPerSubscriber {
                let held = try transaction.enrolments(of: subscriber).count { $0.product == product && $0.state != .revoked }
                guard held < limit else { return .failure(.limitReached(product, limit: limit)) }
            }
            try transaction.insert(enrolment)
            try transaction.append(AuditEvent(.activated, of: enrolment, at: now, detail: product.rawValue))
            return .success(enrolment)
        }
    }

    /// Suspends a device at once; a blocked one stays blocked.
    ///
    /// - Throws: ``VerificationError/noSuchDevice(_:)``, ``VerificationError/store(_:)``.
    public func suspend(_ device: DeviceID) async throws(VerificationError) {
        try await change(device, as: .suspended) { (enrolment) throws(VerificationError) in
            if enrolment.state == .active { enrolment.state = .suspended }
        }
    }

    /// Makes a suspended or blocked device usable again, and forgets its wrong answers and how far a Token's clock was off.
    ///
    /// Codes that are spent stay spent.
    ///
    /// Whoever calls this has made sure of the person first.
    ///
    /// - Throws: ``VerificationError/noSuchDevice(_:)``; ``VerificationError/deviceNotActive(_:_:)`` for a revoked one;
    ///   ``VerificationError/store(_:)``.
    public func resume(_ device: DeviceID) async throws(VerificationError) {
        try await change(device, as: .resumed) { (enrolment) throws(VerificationError) in
            guard enrolment.state != .revoked else { throw .deviceNotActive(device, .revoked) }
            enrolment.state = .active
            enrolment.failures = 0
            if case .timedCode(let codes) = enrolment.credential { enrolment.credential = .timedCode(codes.forgettingDrift()) }
        }
    }

    /// The enrolment of a device; `nil` when it has none.
    ///
    /// - Throws: ``VerificationError/store(_:)``.
    public func enrolment(of device: DeviceID) async throws(VerificationError) -> Enrolment? {
        do { return try await store.read { (reader) throws(StoreError) in try reader.enrolment(of: device) } } catch { throw .store(error) }
    }

    /// All devices of a subscriber, the first enrolled first.
    ///
    /// - Throws: ``VerificationError/store(_:)``.
    public func enrolments(of subscriber: SubscriberID) async throws(VerificationError) -> [Enrolment] {
        do { return try await store.read { (reader) throws(StoreError) in try reader.enrolments(of: subscriber) } } catch {
            throw .store(error)
        }
    }

    func change(
        _ device: DeviceID, as kind: AuditEvent.Kind,
        _ body: @escaping @Sendable (inout Enrolment) throws(VerificationError) -> Void
    ) async throws(VerificationError) {
        let now = now()
        try await store.decide { transaction throws(StoreError) -> Result<Void, VerificationError> in
            guard var enrolment = try transaction.enrolment(of: device) else { return .failure(.noSuchDevice(device)) }
            let before = enrolment.state
            do throws(VerificationError) { try body(&enrolment) } catch { return .failure(error) }
            try transaction.update(enrolment)
            let detail = "\(before.rawValue) before, \(enrolment.state.rawValue) now"
            try transaction.append(AuditEvent(kind, of: enrolment, at: now, detail: detail))
            return .success(())
        }
    }

    func accept(_ registration: Registration, of device: DeviceID, isEmulated: Bool) async throws(VerificationError)
        -> (Credential, ScanSealing?)
    {
        switch registration {
        case .seed(let key):
            guard key.bitCount >= 128 else { throw .weakSeed(bits: key.bitCount) }
            return (.timedCode(TimedCode(key: KeyMaterial(key))), nil)
        case .pairing(let record, let keys):
            guard record.serial == device else { throw .otherSerial(record.serial, of: device) }
            return (.scanCode(KeyMaterial(keys.ocra)), ScanSealing(device: record.publicKey, key: keys.sealing))
        case .phone(let record, let keys, let answerKey):
            guard record.serial == device else { throw .otherSerial(record.serial, of: device) }
            let credential = PhoneCredential(ocraKey: KeyMaterial(keys.ocra), answerKey: answerKey)
            return (.phone(credential), ScanSealing(device: record.publicKey, key: keys.sealing))
        case .certificates(let pair):
            let isTest: Bool
            do throws(CertificateRefusal) {
                isTest = try await CertificateCheck(anchors: policy.anchors, now: now()).accept(pair)
            } catch { throw .certificate(error) }
            guard !isTest || isEmulated else { throw .testRootForRealDevice(device) }
            let own = DeviceID(fingerprintOf: pair.authentication)
            guard own == device else { throw .otherCertificate(own, of: device) }
            return (.certificates(pair), nil)
        }
    }
}
