public import Foundation

/// The sessions of all subscribers: gone on with, ended.
public struct Sessions: Sendable {
    private let store: any Store
    private let now: @Sendable () -> Date

    /// The sessions in `store`.
    ///
    /// - Parameter now: tells the time.
    public init(store: any Store, now: @escaping @Sendable () -> Date = { Date() }) {
        self.store = store
        self.now = now
    }

    /// Goes on with a session: this is activity, and the five minutes begin anew.
    ///
    /// - Throws: ``SubscriberError/sessionOver``; ``SubscriberError/verification(_:)`` when the store fails.
    @discardableResult
    public func goOn(with token: SessionToken) async throws(SubscriberError) -> Session {
        return try await store.settle { transaction throws(StoreError) in
            let now = now()
            guard let session = try transaction.goOn(with: token, at: now) else { return .failure(.sessionOver) }
            return .success(session)
        }
    }

    /// A session as it is: looking is no activity, and it ends when it would have.
    ///
    /// - Throws: ``SubscriberError/sessionOver``; ``SubscriberError/verification(_:)`` when the store fails.
    public func session(of token: SessionToken) async throws(SubscriberError) -> Session {
        let now = now()
        let found = try await store.look { (reader) throws(StoreError) in try reader.openSession(of: token, at: now) }
        guard let found else { throw .sessionOver }
        return found
    }

    /// Ends a session: the person logs out.
    ///
    /// - Throws: ``SubscriberError/verification(_:)`` when the store fails; a session that is over already is no error.
    public func end(_ token: SessionToken) async throws(SubscriberError) {
        try await store.settle { transaction throws(StoreError) in
            if let session = try transaction.session(SessionID(token)) { try transaction.remove(session) }
            return .success(())
        }
    }

    /// A subscriber's sessions that go on, the first begun first.
    ///
    /// - Throws: ``SubscriberError/verification(_:)`` when the store fails.
    public func sessions(of subscriber: SubscriberID) async throws(SubscriberError) -> [Session] {
        let now = now()
        return try await store.look { reader throws(StoreError) in try reader.sessions(of: subscriber).filter { now < $0.endsAt } }
    }
}

extension StoreReader {
    /// A session that goes on at `now`; `nil` when it is over.
    fileprivate func openSession(of token: SessionToken, at now: Date) throws(StoreError) -> Session? {
        guard let session = try session(SessionID(token)), var enrolment = try enrolment(session.enrolment) else { return nil }
        enrolment.settle(at: now)
        // A device that is blocked opens nothing new; what was open before goes on, or any stranger could end it by guessing.
        return now < session.endsAt && (enrolment.state == .active || enrolment.state == .blocked) ? session : nil
    }
}

extension StoreTransaction {
    /// Goes on with a session; `nil` when it is over.
    func goOn(with token: SessionToken, at now: Date) throws(StoreError) -> Session? {
        guard let found = try session(SessionID(token)) else { return nil }
        guard var session = try openSession(of: token, at: now) else {
            try remove(found)
            return nil
        }
        // A clock that runs backwards gives nobody more time.
        session.lastActive = max(session.lastActive, now)
        try update(session)
        return session
    }

    /// Ends a subscriber's sessions: all, or those that one device opened, but for one that is kept.
    func endSessions(of subscriber: SubscriberID, openedBy enrolment: EnrolmentID? = nil, besides kept: SessionID? = nil) throws(StoreError)
    {
        for session in try sessions(of: subscriber) where (enrolment == nil || session.enrolment == enrolment) && session.id != kept {
            try remove(session)
        }
    }

    /// Ends the operations of a subscriber that wait, all or some: those that a device works on are indeterminate.
    func endOperations(of subscriber: SubscriberID, _ isMeant: (Operation) -> Bool = { _ in true }) throws(StoreError) {
        for var operation in try unfinishedOperations(of: subscriber) where isMeant(operation) {
            var machine = OperationMachine(state: operation.state)
            guard machine.handle(operation.state == .working ? .lapsed : .cancelled) != nil else { continue }
            operation.state = machine.state
            try update(operation)
        }
    }
}
