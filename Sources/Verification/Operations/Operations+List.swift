extension Operation.State {
    /// A state by its name alone, an outcome by that of its kind.
    public enum Name: String, Sendable, Codable, CaseIterable {
        /// Nothing has run yet that must not be repeated.
        case pending
        /// An attached device is answering.
        case working
        /// The answer was right.
        case succeeded
        /// The answer was not accepted.
        case refused
        /// The person broke off, or the request was taken back.
        case cancelled
        /// No answer came in time.
        case expired
        /// The device could not answer.
        case failed
        /// Nobody can tell whether the device signed.
        case indeterminate
    }

    /// The state, or how the operation ended.
    public var name: Name {
        switch self {
        case .pending: .pending
        case .working: .working
        case .ended(.succeeded): .succeeded
        case .ended(.refused): .refused
        case .ended(.cancelled): .cancelled
        case .ended(.expired): .expired
        case .ended(.failed): .failed
        case .ended(.indeterminate): .indeterminate
        }
    }
}

extension Operations {
    /// Part of a subscriber's operations as they stand now, the one begun last first.
    ///
    /// - Parameters:
    ///   - state: those alone that stand so.
    ///   - number: what the part before gave as its next; `nil` for the first.
    ///   - limit: how many at most, 1 or more.
    /// - Throws: ``VerificationError/store(_:)``.
    public func operations(
        of subscriber: SubscriberID, in state: Operation.State.Name? = nil, after number: Int64? = nil, limit: Int
    ) async throws(VerificationError) -> ListPage<Operation, Int64> {
        typealias Page = ListPage<Operation, Int64>
        return try await Page.gather(
            after: number, limit: limit, batch: state == nil ? Page.batch(of: limit) : Page.batch, lookingAt: .max, progress: { _ in },
            read: { (last, count) async throws(VerificationError) in
                let found: [(number: Int64, operation: Operation)]
                do throws(StoreError) {
                    found = try await store.read { (reader) throws(StoreError) in
                        try reader.operations(of: subscriber, before: last, limit: count)
                    }
                } catch { throw .store(error) }
                let operations = try await settled(found.map(\.operation))
                return zip(found, operations).map { (cursor: $0.number, entry: $1) }
            },
            fits: { state == nil || $0.state.name == state })
    }
}
