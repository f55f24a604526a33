import DeviceProtocol
package import FoundationEssentials
package import Verification

/// Secrets on their way into columns and out of them: sealed, or as they are where a store has no keys.
package struct StoredSecrets: Sendable {
    /// What seals; `nil` for a test store without keys.
    package let protection: (any SecretProtection)?

    package init(protection: (any SecretProtection)?) { self.protection = protection }

    /// What is written.
    package func seal(_ secret: Data, at place: SecretPlace) throws(StoreError) -> Data {
        try protection?.seal(secret, at: place) ?? secret
    }

    /// What was written; where secrets are sealed, one that is not was put there by somebody else.
    package func open(_ stored: Data, at place: SecretPlace) throws(StoreError) -> Data {
        if let protection { return try protection.open(stored, at: place) }
        // CBOR behind its tag (0xD9) begins otherwise, and JSON, too.
        guard stored.first != Self.sealedMark else { throw .keyNeeded }
        return stored
    }

    /// A value as it is written.
    func seal(_ value: some Encodable, at place: SecretPlace) throws(StoreError) -> Data { try seal(StoredColumn.encode(value), at: place) }

    /// The value that was written.
    func open<Value: Decodable>(_ type: Value.Type, _ stored: Data, at place: SecretPlace) throws(StoreError) -> Value {
        try StoredColumn.decode(type, from: open(stored, at: place))
    }

    /// How everything sealed begins.
    static let sealedMark: UInt8 = 1
}

extension StoredSecrets: UpdatePreparing {
    package func prepared(_ enrolment: Enrolment, since former: Enrolment) throws(StoreError) -> PreparedUpdate<Enrolment> {
        PreparedUpdate(enrolment, columns: try enrolment.changingColumns(since: former, secrets: self))
    }

    package func prepared(_ operation: Operation) throws(StoreError) -> PreparedUpdate<Operation> {
        PreparedUpdate(operation, columns: try operation.changingColumns())
    }
}

extension Enrolment {
    /// Where a secret of its row lies.
    func place(of purpose: SecretPlace.Purpose) -> SecretPlace {
        SecretPlace(purpose, of: id, subscriber: subscriber, device: device.rawValue)
    }
}
