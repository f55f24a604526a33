import Crypto
import DeviceProtocol
import Foundation
import Verification

/// An enrolment as a store keeps it.
func enrolment(_ device: String = "T-1", subscriber: String = "alice", isEmulated: Bool = false) throws -> Enrolment {
    var generator = SystemRandomNumberGenerator()
    return Enrolment(
        id: EnrolmentID(using: &generator), subscriber: try SubscriberID(subscriber), device: try DeviceID(device), product: .token,
        isEmulated: isEmulated, credential: .timedCode(TimedCode(key: KeyMaterial(SymmetricKey(size: .bits256)))))
}

/// An operation as a store keeps it.
func operation(_ enrolment: Enrolment, key: String = UUID().uuidString) throws -> Verification.Operation {
    var generator = SystemRandomNumberGenerator()
    let challenge = try Challenge(
        id: ChallengeID(using: &generator), origin: "bank.example", issuedAt: TestBank.start, content: .payment())
    return Verification.Operation(
        challenge: challenge, subscriber: enrolment.subscriber, device: enrolment.device, enrolment: enrolment.id, idempotencyKey: key)
}

extension Store {
    /// Stores an enrolment in a transaction of its own.
    func insert(_ enrolment: Enrolment) async throws(StoreError) {
        try await write { (transaction) throws(StoreError) in try transaction.insert(enrolment) }
    }
}
