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
        /// The key of a device that counts its codes (RFC 4226), at least 16 bytes, and the counter that it begins with.
        case countedSeed(SymmetricKey, counter: UInt64)
        /// A Scan's or phone's factory record, and the keys of the pairing under the enrolment's id.
        case pairing(ScanFactoryRecord, ScanKeys)
        /// The same of a phone that answers online, too, with the public key that the pairing vouched for.
        case phone(ScanFactoryRecord, ScanKeys, AnswerKey)
        /// A card's certificates; the device is named by the authentication certificate's fingerprint.
        case certificates(CardCertificates)
    }

    /// Enrols a device that needs no activation: it is active at once.
    ///
    /// - Parameters:
    ///   - id: a fresh name, which a Scan's keys were already derived with.
    ///   - isEmulated: whether the device is a program.
    ///   - life: what is known besides; without an end of its validity, it ends after the product's years.
    ///   - replaced: which of the subscriber's devices of the same product it takes the place of.
    /// - Throws: ``VerificationError``: emulated in a production store; product unknown, retired or of another method; more than one
    ///   subscriber may have; device already enrolled; certificates refused, or of another device.
    @discardableResult
    public func enrol(
        _ device: DeviceID, as product: ProductProfile.ID, for subscriber: SubscriberID, with registration: Registration,
        id: EnrolmentID, isEmulated: Bool = false, life: EnrolmentLife = EnrolmentLife(), replacing replaced: DeviceID? = nil
    ) async throws(VerificationError) -> Enrolment {
        var enrolment = try await prepare(device, as: product, for: subscriber, with: registration, id: id, isEmulated: isEmulated)
        let profile = try policy.profile(of: product)
        enrolment.life = life
        if enrolment.life.validUntil == nil { enrolment.life.validUntil = profile.validity(from: now()) }
        return try await store.decide { [enrolment] transaction throws(StoreError) in
            let now = now()
            var enrolment = enrolment
            if let refusal = try transaction.admit(&enrolment, as: profile, replacing: replaced, at: now) { return .failure(refusal) }
            if let replaced { try transaction.replace(replaced, by: enrolment, at: now) }
            try transaction.insert(enrolment)
            try transaction.append(AuditEvent(.activated, of: enrolment, at: now, detail: product.rawValue))
            return .success(enrolment)
        }
    }

    /// Checks what a device brings along, and makes an active enrolment of it that is not stored yet.
    func prepare(
        _ device: DeviceID, as product: ProductProfile.ID, for subscriber: SubscriberID, with registration: Registration,
        id: EnrolmentID, isEmulated: Bool
    ) async throws(VerificationError) -> Enrolment {
        guard store.mark == .test || !isEmulated else { throw .emulatedDeviceRefused(device) }
        guard [device.rawValue, subscriber.rawValue, id.rawValue].allSatisfy(\.isPathSegment) else { throw .content(.noPathSegment) }
        let profile = try policy.profile(of: product)
        try policy.admit(profile, at: now())
        let (credential, sealing) = try await accept(registration, of: device, isEmulated: isEmulated)
        guard credential.fits(profile.method) else { throw .wrongRegistration(product) }
        return Enrolment(
            id: id, subscriber: subscriber, device: device, product: product, isEmulated: isEmulated, credential: credential,
            sealing: sealing)
    }

    /// The enrolment of a device; `nil` when it has none.
    ///
    /// - Throws: ``VerificationError/store(_:)``.
    public func enrolment(of device: DeviceID) async throws(VerificationError) -> Enrolment? {
        do { return try await store.lookUp { (reader) throws(StoreError) in try reader.enrolment(of: device) } } catch {
            throw .store(error)
        }
    }

    /// All devices of a subscriber, the first enrolled first.
    ///
    /// - Throws: ``VerificationError/store(_:)``.
    public func enrolments(of subscriber: SubscriberID) async throws(VerificationError) -> [Enrolment] {
        do { return try await store.read { (reader) throws(StoreError) in try reader.enrolments(of: subscriber) } } catch {
            throw .store(error)
        }
    }

    func accept(_ registration: Registration, of device: DeviceID, isEmulated: Bool) async throws(VerificationError)
        -> (Credential, ScanSealing?)
    {
        switch registration {
        case .seed(let key):
            guard key.bitCount >= 128 else { throw .weakSeed(bits: key.bitCount) }
            return (.timedCode(TimedCode(key: KeyMaterial(key))), nil)
        case .countedSeed(let key, let counter):
            guard key.bitCount >= 128 else { throw .weakSeed(bits: key.bitCount) }
            return (.countedCode(CountedCode(key: KeyMaterial(key), counter: counter)), nil)
        case .pairing(let record, let keys):
            guard record.serial == device else { throw .otherSerial(record.serial, of: device) }
            return (.scanCode(ScanCredential(ocraKey: KeyMaterial(keys.ocra))), ScanSealing(device: record.publicKey, key: keys.sealing))
        case .phone(let record, let keys, let answerKey):
            guard record.serial == device else { throw .otherSerial(record.serial, of: device) }
            let credential = PhoneCredential(ocraKey: KeyMaterial(keys.ocra), answerKey: answerKey)
            return (.phone(credential), ScanSealing(device: record.publicKey, key: keys.sealing))
        case .certificates(let pair):
            let isTest: Bool
            do throws(CertificateRefusal) {
                isTest = try await CertificateCheck(anchors: policy.anchors, now: now(), revocation: policy.revocation).accept(pair)
            } catch { throw .certificate(error) }
            guard !isTest || isEmulated else { throw .testRootForRealDevice(device) }
            let own = DeviceID(fingerprintOf: pair.authentication)
            guard own == device else { throw .otherCertificate(own, of: device) }
            return (.certificates(pair), nil)
        }
    }
}
