import DeviceProtocol
import FoundationEssentials
import GRDB
import Verification

extension Enrolment {
    /// The columns of a row, in the order in which they are read and written.
    static let columnList = "id, subscriber, device, product, emulated, state, failures, credential, sealing, life, version"

    /// Reads a row; what cannot have been written is damage.
    init(row: Row, secrets: StoredSecrets) throws(StoreError) {
        guard let id = EnrolmentID(rawValue: row[0]), let subscriber = SubscriberID(rawValue: row[1]),
            let device = DeviceID(rawValue: row[2]), let state = State(rawValue: row[5])
        else { throw .damaged("an enrolment cannot be read") }
        self.init(
            id: id, subscriber: subscriber, device: device, product: ProductProfile.ID(rawValue: row[3]), isEmulated: row[4], state: state,
            failures: row[6],
            credential: try StoredJSON.decode(
                Credential.self, from: secrets.open(row[7], at: SecretPlace(.credential, of: id, subscriber, device))),
            sealing: try (row[8] as Data?).map { (sealed) throws(StoreError) in
                try StoredJSON.decode(ScanSealing.self, from: secrets.open(sealed, at: SecretPlace(.sealing, of: id, subscriber, device)))
            }, life: try StoredJSON.decodeIfPresent(EnrolmentLife.self, from: row[9]) ?? EnrolmentLife(), version: row[10])
    }

    /// What is written once: from the id to whether the device is emulated.
    func fixedColumns() -> [(any DatabaseValueConvertible)?] {
        [id.rawValue, subscriber.rawValue, device.rawValue, product.rawValue, isEmulated]
    }

    /// What is written at each change: from the state to the sealing.
    func changingColumns(secrets: StoredSecrets) throws(StoreError) -> [(any DatabaseValueConvertible)?] {
        [
            state.rawValue, failures,
            try secrets.seal(StoredJSON.encode(credential), at: SecretPlace(.credential, of: id, subscriber, device)),
            try sealing.map { (sealing) throws(StoreError) in
                try secrets.seal(StoredJSON.encode(sealing), at: SecretPlace(.sealing, of: id, subscriber, device))
            }, try StoredJSON.encode(life),
        ]
    }
}

extension Operation {
    /// The columns of a row, in the order in which they are read and written.
    static let columnList =
        "id, subscriber, device, enrolment, idempotency_key, challenge, state, outcome, sealed, version"

    /// Reads a row; what cannot have been written is damage.
    init(row: Row) throws(StoreError) {
        let challenge: Challenge
        do { challenge = try Challenge(der: Array(row[5] as Data)) } catch {
            throw .damaged("an operation cannot be read: \(error)")
        }
        guard let subscriber = SubscriberID(rawValue: row[1]), let device = DeviceID(rawValue: row[2]),
            let enrolment = EnrolmentID(rawValue: row[3])
        else { throw .damaged("an operation cannot be read") }
        let outcome = try StoredJSON.decodeIfPresent(Outcome.self, from: row[7])
        let isWorking = row[6] as String == "working"
        self.init(
            challenge: challenge, subscriber: subscriber, device: device, enrolment: enrolment, idempotencyKey: row[4],
            state: outcome.map(State.ended) ?? (isWorking ? .working : .pending), sealed: row[8], version: row[9])
    }

    /// What is written once: from the id to the challenge.
    func fixedColumns() -> [(any DatabaseValueConvertible)?] {
        [id.data, subscriber.rawValue, device.rawValue, enrolment.rawValue, idempotencyKey, Data(challenge.der)]
    }

    /// What is written at each change: from the state to the sealed text.
    func changingColumns() throws(StoreError) -> [(any DatabaseValueConvertible)?] {
        let name =
            switch state {
            case .pending: "pending"
            case .working: "working"
            case .ended: "ended"
            }
        return [name, try outcome.map { (outcome) throws(StoreError) in try StoredJSON.encode(outcome) }, sealed]
    }
}

extension ChallengeID {
    /// The 16 bytes.
    var data: Data { Data(bytes) }
}
