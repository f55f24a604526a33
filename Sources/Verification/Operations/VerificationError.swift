public import DeviceProtocol
public import Foundation
public import ScanChallenge

/// Why something was not even tried; an answer that was looked at has an ``Outcome`` instead.
///
/// For the bank's own eyes: who has not logged in yet is never told whether a device exists or is blocked (RTS Art. 4(3)(a)).
public enum VerificationError: Error, Hashable, Sendable {
    /// The subscriber has no such device.
    case noSuchDevice(DeviceID)
    /// The device is suspended or blocked.
    case deviceNotActive(DeviceID, Enrolment.State)
    /// Too many answers of the subscriber's devices were wrong, one after the other (RTS Art. 4(3)(b)).
    case personBlocked(SubscriberID)
    /// No profile with this name.
    case unknownProduct(ProductProfile.ID)
    /// The product's end of life has passed.
    case productRetired(ProductProfile.ID, since: Date)
    /// The product's answers are bound to nothing, and it may log in only (RTS Art. 5).
    case approvalNotAdmitted(ProductProfile.ID)
    /// The device is somebody's already.
    case alreadyEnrolled(DeviceID)
    /// The subscriber has as many of this product as allowed.
    case limitReached(ProductProfile.ID, limit: Int)
    /// What came along is not what this product is enrolled with.
    case wrongRegistration(ProductProfile.ID)
    /// The factory record is of another device.
    case otherSerial(DeviceID, of: DeviceID)
    /// The authentication certificate is of another card: of the first device, not of the second.
    case otherCertificate(DeviceID, of: DeviceID)
    /// A Token's key has too few bits.
    case weakSeed(bits: Int)
    /// An emulated device is offered to a production store.
    case emulatedDeviceRefused(DeviceID)
    /// A test root is offered to a production store.
    case testRootRefused
    /// A test root vouches for a device that is said to be real.
    case testRootForRealDevice(DeviceID)
    /// A restore is refused: no backup was switched on, the ticket is wrong, the device is not active, or there were too many
    /// attempts; which of them is not told.
    case restoreRefused
    /// Only a phone that answers online has a backup.
    case noBackupPossible(DeviceID)
    /// The life of an enrolment does not go on so.
    case enrolment(EnrolmentRefusal)
    /// A certificate cannot be enrolled.
    case certificate(CertificateRefusal)
    /// What is asked cannot be a challenge.
    case content(ContentError)
    /// A login at this place stands for something else, which has an operation of its own.
    case reservedPlace(String)
    /// The challenge cannot be sealed.
    case scan(ScanError)
    /// There is no issuer to seal with.
    case noIssuer
    /// An idempotency key has 1 to 255 bytes.
    case invalidIdempotencyKey
    /// The same key came with another request.
    case idempotencyConflict(String)
    /// No operation with this id.
    case noSuchOperation(ChallengeID)
    /// The operation is over; an outcome never changes.
    case ended(ChallengeID, String)
    /// A device is answering already: it is too late for that.
    case working(ChallengeID)
    /// No device has begun to answer.
    case notWorking(ChallengeID)
    /// The device answers otherwise: with what the text says.
    case otherAnswerWanted(DeviceID, String)
    /// The two codes are not two that the device showed one after the other, or the device has no such codes; which is not told.
    case notResynchronised(DeviceID)
    /// A transaction does not go on so.
    case transaction(TransactionRefusal)
    /// The store did not do it.
    case store(StoreError)
}

extension VerificationError: CustomStringConvertible {
    /// One sentence.
    public var description: String {
        switch self {
        case .noSuchDevice(let device): "no device \"\(device)\" is enrolled for this subscriber"
        case .deviceNotActive(let device, let state): "the device \"\(device)\" is \(state.rawValue)"
        case .personBlocked(let subscriber): "\"\(subscriber)\" is blocked: too many answers to operations were wrong"
        case .unknownProduct(let product): "there is no product \"\(product)\""
        case .productRetired(let product, let end):
            "the product \"\(product)\" stopped working on \(end.formatted(.iso8601.year().month().day()))"
        case .approvalNotAdmitted(let product): "the product \"\(product)\" may not approve: its codes are bound to nothing"
        case .alreadyEnrolled(let device): "the device \"\(device)\" is enrolled already"
        case .limitReached(let product, let limit): "the subscriber has \(limit) of \"\(product)\", and may not have more"
        case .wrongRegistration(let product): "that is not what a \"\(product)\" is enrolled with"
        case .otherSerial(let serial, let device): "the factory record is of \"\(serial)\", not of \"\(device)\""
        case .otherCertificate(let card, let device): "the certificates are of the card \"\(card)\", not of \"\(device)\""
        case .weakSeed(let bits): "a key of \(bits) bits is too weak"
        case .emulatedDeviceRefused(let device): "the device \"\(device)\" is emulated, and this is a production store"
        case .testRootRefused: "a test root is configured, and this is a production store"
        case .testRootForRealDevice(let device): "the device \"\(device)\" is said to be real, and a test root vouches for it"
        case .restoreRefused: "this phone cannot be restored with this ticket"
        case .noBackupPossible(let device): "the device \"\(device)\" has no backup"
        case .enrolment(let refusal): refusal.description
        case .certificate(let refusal): refusal.description
        case .content(let error): error.description
        case .reservedPlace(let place): "a login cannot have the place \"\(place)\""
        case .scan(let error): error.description
        case .noIssuer: "there is no issuer to seal challenges with"
        case .invalidIdempotencyKey: "an idempotency key has 1 to 255 bytes"
        case .idempotencyConflict(let key): "the idempotency key \"\(key)\" came with another request before"
        case .noSuchOperation(let id): "there is no operation \(id)"
        case .ended(let id, let outcome): "the operation \(id) is over: \(outcome)"
        case .working(let id): "a device is answering the operation \(id) already"
        case .notWorking(let id): "no device has begun to answer the operation \(id)"
        case .otherAnswerWanted(let device, let wanted): "the device \"\(device)\" answers with \(wanted)"
        case .notResynchronised(let device): "the device \"\(device)\" was not resynchronised with these codes"
        case .transaction(let refusal): refusal.description
        case .store(let error): error.description
        }
    }

    /// What to do next.
    public var hint: String {
        switch self {
        case .noSuchDevice: "enrol it, or choose another device"
        case .deviceNotActive: "re-activate it after making sure of the person, or choose another device"
        case .personBlocked: "wait until the block is over, or unblock them after making sure of the person"
        case .unknownProduct: "add its profile to the policy"
        case .productRetired: "choose another device, or admit the product after its end of life in the policy"
        case .approvalNotAdmitted: "choose a device that shows the operation, or admit unbound approvals in the product's profile"
        case .alreadyEnrolled: "look whose it is; a device is enrolled once, and renewed or replaced after that"
        case .limitReached: "name the one that it replaces"
        case .wrongRegistration: "give a seed for a Token, a pairing for a Scan or phone, certificates for a card"
        case .otherSerial: "compare the serial number on the back of the device"
        case .otherCertificate: "enrol the card under the fingerprint of its authentication certificate"
        case .weakSeed: "take at least 128 bits (RFC 4226, section 4, R6)"
        case .emulatedDeviceRefused, .testRootRefused: "use a store that was created with --test"
        case .testRootForRealDevice: "enrol it as emulated, or get its certificates from a real authority"
        case .restoreRefused: "enrol the new phone as a new device"
        case .noBackupPossible: "enrol a phone with a key of its own for online answers"
        case .enrolment(let refusal): refusal.hint
        case .certificate(let refusal): refusal.hint
        case .content: "correct the field and begin again"
        case .reservedPlace: "begin the change of the secret image as such, or name the place from which the person logs in"
        case .scan(let error): error.hint
        case .noIssuer: "configure the issuer's id and static key"
        case .invalidIdempotencyKey: "take a UUID for each request, and the same one when you repeat it"
        case .idempotencyConflict: "take a new key for a new request"
        case .noSuchOperation: "look at the list of operations"
        case .ended: "look at its outcome, and begin a new operation if needed"
        case .working: "wait for its outcome"
        case .notWorking: "claim the operation before the device runs"
        case .otherAnswerWanted: "send what the device answers; nothing was counted"
        case .notResynchronised:
            "wait for two new codes and type both in their order; if they fail too, the clock is more than \(TimedCode.driftLimit) steps off "
                + "(\(TimedCode.driftLimit / 2) min, at 30 s each), or it is another device: replace it"
        case .transaction(let refusal): refusal.hint
        case .store(let error): error.hint
        }
    }
}
