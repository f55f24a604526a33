package import DeviceProtocol
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
        // JSON begins otherwise.
        guard stored.first != Self.sealedMark else { throw .keyNeeded }
        return stored
    }

    /// How everything sealed begins.
    static let sealedMark: UInt8 = 1
}

extension SecretPlace {
    package init(_ purpose: Purpose, of enrolment: EnrolmentID, _ subscriber: SubscriberID, _ device: DeviceID) {
        self.init(purpose, of: enrolment, subscriber: subscriber, device: device.rawValue)
    }
}
