import DeviceProtocol
import FoundationEssentials
import GRDB
import Verification

extension Enrolment {
    /// The columns that an update names.
    static let changing: Set<String> = ["id", "state", "failures", "credential", "sealing", "version"]

    /// Reads a row; what cannot have been written by ``columns()`` is damage.
    init(row: Row) throws(StoreError) {
        guard let id = EnrolmentID(rawValue: row["id"]), let subscriber = SubscriberID(rawValue: row["subscriber"]),
            let device = DeviceID(rawValue: row["device"]), let state = State(rawValue: row["state"])
        else { throw .damaged("an enrolment cannot be read") }
        self.init(
            id: id, subscriber: subscriber, device: device, product: ProductProfile.ID(rawValue: row["product"]),
            isEmulated: row["emulated"], state: state, failures: row["failures"],
            credential: try StoredJSON.decode(Credential.self, from: row["credential"]),
            sealing: try StoredJSON.decodeIfPresent(ScanSealing.self, from: row["sealing"]), version: row["version"])
    }

    /// What is written.
    func columns() throws(StoreError) -> [String: (any DatabaseValueConvertible)?] {
        [
            "id": id.rawValue, "subscriber": subscriber.rawValue, "device": device.rawValue, "product": product.rawValue,
            "emulated": isEmulated, "state": state.rawValue, "failures": failures, "credential": try StoredJSON.encode(credential),
            "sealing": try sealing.map { (sealing) throws(StoreError) in try StoredJSON.encode(sealing) }, "version": version,
        ]
    }
}

extension Operation {
    /// The columns that an update names.
    static let changing: Set<String> = ["id", "state", "outcome", "sealed", "version"]

    /// Reads a row; what cannot have been written by ``columns()`` is damage.
    init(row: Row) throws(StoreError) {
        let challenge: Challenge
        do { challenge = try Challenge(der: Array(row["challenge"] as Data)) } catch {
            throw .damaged("an operation cannot be read: \(error)")
        }
        guard let subscriber = SubscriberID(rawValue: row["subscriber"]), let device = DeviceID(rawValue: row["device"]),
            let enrolment = EnrolmentID(rawValue: row["enrolment"])
        else { throw .damaged("an operation cannot be read") }
        let outcome = try StoredJSON.decodeIfPresent(Outcome.self, from: row["outcome"])
        let isWorking = row["state"] as String == "working"
        self.init(
            challenge: challenge, subscriber: subscriber, device: device, enrolment: enrolment, idempotencyKey: row["idempotency_key"],
            state: outcome.map(State.ended) ?? (isWorking ? .working : .pending), sealed: row["sealed"], version: row["version"])
    }

    /// What is written.
    func columns() throws(StoreError) -> [String: (any DatabaseValueConvertible)?] {
        let name =
            switch state {
            case .pending: "pending"
            case .working: "working"
            case .ended: "ended"
            }
        return [
            "id": id.data, "subscriber": subscriber.rawValue, "device": device.rawValue, "enrolment": enrolment.rawValue,
            "idempotency_key": idempotencyKey, "challenge": Data(challenge.der), "state": name,
            "outcome": try outcome.map { (outcome) throws(StoreError) in try StoredJSON.encode(outcome) }, "sealed": sealed,
            "version": version,
        ]
    }
}

extension ChallengeID {
    /// The 16 bytes.
    var data: Data { Data(bytes) }
}

/// Values in columns that SQL never looks into.
private enum StoredJSON {
    static func encode(_ value: some Encodable) throws(StoreError) -> Data {
        do { return try JSONEncoder().encode(value) } catch { throw .unavailable("a value cannot be written: \(error)") }
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws(StoreError) -> Value {
        do { return try JSONDecoder().decode(type, from: data) } catch { throw .damaged("a \(type) cannot be read") }
    }

    static func decodeIfPresent<Value: Decodable>(_ type: Value.Type, from data: Data?) throws(StoreError) -> Value? {
        guard let data else { return nil }
        return try decode(type, from: data)
    }
}
