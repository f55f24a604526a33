import DeviceProtocol
import Verification

extension Operations {
    /// All of a subscriber's, a hundred at most, as they stand now, the first begun first.
    func all(of subscriber: SubscriberID) async throws -> [Verification.Operation] {
        try await operations(of: subscriber, limit: 100).entries.reversed()
    }
}
