/// What can be looked up of subscribers within a transaction.
public protocol SubscriberReader {
    /// The subscriber with this user ID.
    func subscriber(_ id: SubscriberID) throws(StoreError) -> Subscriber?
    /// Those whose user IDs begin so, in the order of the bytes of these, behind the one with this user ID; `nil` for the first of them.
    func subscribers(prefix: String, after id: SubscriberID?, limit: Int) throws(StoreError) -> [Subscriber]
    /// The order of an enrolment, or that it began with.
    func order(_ id: EnrolmentID) throws(StoreError) -> Order?
    /// All of a subscriber's, the first ordered first.
    func orders(of subscriber: SubscriberID) throws(StoreError) -> [Order]
    /// The session with this name; one that was ended is gone.
    func session(_ id: SessionID) throws(StoreError) -> Session?
    /// All of a subscriber's that were not ended, the first begun first.
    func sessions(of subscriber: SubscriberID) throws(StoreError) -> [Session]
    /// What a subscriber has to be told, the oldest first.
    func notices(of subscriber: SubscriberID) throws(StoreError) -> [Notice]
    /// What has to be told to anybody, from the first whose number is greater, in the order of their numbers.
    func notices(after number: Int64, limit: Int) throws(StoreError) -> [NumberedNotice]
    /// How many attempts came from nobody that is known.
    func strangers() throws(StoreError) -> Int
}

/// What can be changed of subscribers within a transaction.
public protocol SubscriberTransaction: SubscriberReader {
    /// Adds a subscriber.
    ///
    /// - Throws: ``StoreError/conflict(_:)`` when the user ID exists.
    func insert(_ subscriber: Subscriber) throws(StoreError)
    /// Replaces the subscriber that was read as this version; the version then counts one more.
    ///
    /// - Throws: ``StoreError/conflict(_:)`` when another version is stored.
    func update(_ subscriber: Subscriber) throws(StoreError)
    /// Adds an order.
    ///
    /// - Throws: ``StoreError/conflict(_:)`` when it exists.
    func insert(_ order: Order) throws(StoreError)
    /// Replaces the order that was read as this version; the version then counts one more.
    ///
    /// - Throws: ``StoreError/conflict(_:)`` when another version is stored.
    func update(_ order: Order) throws(StoreError)
    /// Adds a session.
    ///
    /// - Throws: ``StoreError/conflict(_:)`` when it exists.
    func insert(_ session: Session) throws(StoreError)
    /// Replaces the session that was read as this version; the version then counts one more.
    ///
    /// - Throws: ``StoreError/conflict(_:)`` when another version is stored, or none any more.
    func update(_ session: Session) throws(StoreError)
    /// Ends a session: it is gone.
    func remove(_ session: Session) throws(StoreError)
    /// Adds what a subscriber has to be told.
    func insert(_ notice: Notice) throws(StoreError)
    /// Counts an attempt from nobody that is known, with as much writing as a known person's failure.
    func countStranger() throws(StoreError)
}
