/// Which of all subscribers are listed: those who fit everything that is named.
public struct SubscriberFilter: Hashable, Sendable {
    /// What their user IDs begin with.
    public var prefix: String
    /// Whether they are blocked now; `nil` for both.
    public var isBlocked: Bool?

    /// A filter; without anything named all fit.
    public init(prefix: String = "", isBlocked: Bool? = nil) {
        self.prefix = prefix
        self.isBlocked = isBlocked
    }
}

extension Subscribers {
    /// Part of the subscribers, in the order of their user IDs, which is that of their bytes.
    ///
    /// Whether somebody is blocked is sealed: to find those who are, all are looked at, a thousand at a time.
    ///
    /// - Parameters:
    ///   - id: what the part before ended with; `nil` for the first.
    ///   - limit: how many at most, 1 or more.
    ///   - most: how many are looked at, at the most.
    ///   - progress: is told how many were looked at, again and again.
    /// - Throws: ``SubscriberError/store(_:)``.
    public func subscribers(
        after id: SubscriberID? = nil, limit: Int = 100, matching filter: SubscriberFilter = SubscriberFilter(),
        lookingAt most: Int = .max, progress: (Int) -> Void = { _ in }
    ) async throws(SubscriberError) -> ListPage<Subscriber, SubscriberID> {
        typealias Page = ListPage<Subscriber, SubscriberID>
        let now = now()
        return try await Page.gather(
            after: id, limit: limit, batch: filter.isBlocked == nil ? Page.batch(of: limit) : Page.batch, lookingAt: most,
            progress: progress,
            read: { (last, count) async throws(SubscriberError) in
                try await store.look { (reader) throws(StoreError) in
                    try reader.subscribers(prefix: filter.prefix, after: last, limit: count)
                }.map { (cursor: $0.id, entry: $0) }
            },
            fits: { filter.isBlocked == nil || filter.isBlocked == $0.isBlocked(at: now) })
    }
}
