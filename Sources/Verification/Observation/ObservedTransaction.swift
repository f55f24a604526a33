import DeviceProtocol
import FoundationEssentials

/// A transaction that remembers what happened in it, for who tells it when it is durable; all else is the store's own.
struct ObservedTransaction: StoreTransaction {
    let base: any StoreTransaction
    let happened: Happenings

    func insert(_ operation: Operation) throws(StoreError) -> Int64 {
        let change = try base.insert(operation)
        happened.add(.begun(operation.challenge.content.kindName))
        return change
    }

    func update(_ operation: Operation) throws(StoreError) -> Int64 {
        let change = try base.update(operation)
        note(operation)
        return change
    }

    func update(_ operation: PreparedUpdate<Operation>) throws(StoreError) -> Int64 {
        let change = try base.update(operation)
        note(operation.row)
        return change
    }

    private func note(_ operation: Operation) {
        if let outcome = operation.outcome { happened.add(.ended(operation.challenge.content.kindName, outcome.name)) }
    }

    func append(_ event: AuditEvent) throws(StoreError) {
        try base.append(event)
        happened.add(.audited(event))
    }

    func append(_ event: PreparedEvent) throws(StoreError) {
        try base.append(event)
        happened.add(.audited(event.event))
    }
}

// What is only passed on.
extension ObservedTransaction {
    func enrolment(_ id: EnrolmentID) throws(StoreError) -> Enrolment? { try base.enrolment(id) }
    func product(of id: EnrolmentID) throws(StoreError) -> ProductProfile.ID? { try base.product(of: id) }
    func enrolment(of device: DeviceID) throws(StoreError) -> Enrolment? { try base.enrolment(of: device) }
    func formerEnrolments(of device: DeviceID) throws(StoreError) -> [Enrolment] { try base.formerEnrolments(of: device) }
    func enrolments(of subscriber: SubscriberID) throws(StoreError) -> [Enrolment] { try base.enrolments(of: subscriber) }
    func enrolments(after id: EnrolmentID?, limit: Int) throws(StoreError) -> [Enrolment] { try base.enrolments(after: id, limit: limit) }
    func sealedEnrolments(after id: EnrolmentID?, limit: Int) throws(StoreError) -> [Enrolment] {
        try base.sealedEnrolments(after: id, limit: limit)
    }
    func operation(_ id: ChallengeID) throws(StoreError) -> Operation? { try base.operation(id) }
    func asked(_ id: ChallengeID) throws(StoreError) -> AskedOperation? { try base.asked(id) }
    func operation(of subscriber: SubscriberID, idempotencyKey: String) throws(StoreError) -> Operation? {
        try base.operation(of: subscriber, idempotencyKey: idempotencyKey)
    }
    func unfinishedOperations(of subscriber: SubscriberID) throws(StoreError) -> [Operation] {
        try base.unfinishedOperations(of: subscriber)
    }
    func operations(
        of subscriber: SubscriberID, before number: Int64?, limit: Int
    ) throws(StoreError) -> [(number: Int64, operation: Operation)] {
        try base.operations(of: subscriber, before: number, limit: limit)
    }
    func operations(changedAfter number: Int64, limit: Int) throws(StoreError) -> [Operation] {
        try base.operations(changedAfter: number, limit: limit)
    }
    func lastChange() throws(StoreError) -> Int64 { try base.lastChange() }
    func attachedOperations(after number: Int64, limit: Int) throws(StoreError) -> [Operation] {
        try base.attachedOperations(after: number, limit: limit)
    }
    func expiredOperations(at moment: Date, limit: Int) throws(StoreError) -> [Operation] {
        try base.expiredOperations(at: moment, limit: limit)
    }
    func auditChain() throws(StoreError) -> AuditChain { try base.auditChain() }
    func auditRows(after number: Int64, limit: Int) throws(StoreError) -> [AuditRow] { try base.auditRows(after: number, limit: limit) }
    func auditRows(
        after number: Int64, through last: Int64, matching filter: AuditFilter, limit: Int
    ) throws(StoreError) -> [AuditRow] {
        try base.auditRows(after: number, through: last, matching: filter, limit: limit)
    }
    func auditHeads() throws(StoreError) -> [AuditHead] { try base.auditHeads() }
    func auditHeads(after number: Int64, limit: Int) throws(StoreError) -> [AuditHead] { try base.auditHeads(after: number, limit: limit) }
    func lastAuditHead() throws(StoreError) -> AuditHead? { try base.lastAuditHead() }
    func prepared(_ enrolment: Enrolment, since former: Enrolment) throws(StoreError) -> PreparedUpdate<Enrolment> {
        try base.prepared(enrolment, since: former)
    }
    func prepared(_ operation: Operation) throws(StoreError) -> PreparedUpdate<Operation> { try base.prepared(operation) }
    func subscriber(_ id: SubscriberID) throws(StoreError) -> Subscriber? { try base.subscriber(id) }
    func subscribers(prefix: String, after id: SubscriberID?, limit: Int) throws(StoreError) -> [Subscriber] {
        try base.subscribers(prefix: prefix, after: id, limit: limit)
    }
    func order(_ id: EnrolmentID) throws(StoreError) -> Order? { try base.order(id) }
    func orders(of subscriber: SubscriberID) throws(StoreError) -> [Order] { try base.orders(of: subscriber) }
    func session(_ id: SessionID) throws(StoreError) -> Session? { try base.session(id) }
    func sessions(of subscriber: SubscriberID) throws(StoreError) -> [Session] { try base.sessions(of: subscriber) }
    func notices(of subscriber: SubscriberID) throws(StoreError) -> [Notice] { try base.notices(of: subscriber) }
    func notices(after number: Int64, limit: Int) throws(StoreError) -> [NumberedNotice] { try base.notices(after: number, limit: limit) }
    func strangers() throws(StoreError) -> Int { try base.strangers() }
    func transaction(_ id: TransactionID) throws(StoreError) -> Transaction? { try base.transaction(id) }
    func transaction(by creator: SubscriberID, idempotencyKey: String) throws(StoreError) -> Transaction? {
        try base.transaction(by: creator, idempotencyKey: idempotencyKey)
    }
    func transaction(signedIn operation: ChallengeID) throws(StoreError) -> Transaction? { try base.transaction(signedIn: operation) }
    func transactions(of subscriber: SubscriberID, in state: Transaction.State.Name?, before number: Int64?, limit: Int) throws(StoreError)
        -> [(number: Int64, transaction: Transaction)]
    {
        try base.transactions(of: subscriber, in: state, before: number, limit: limit)
    }
    func overdueTransactions(of subscriber: SubscriberID, at moment: Date, limit: Int) throws(StoreError) -> [Transaction] {
        try base.overdueTransactions(of: subscriber, at: moment, limit: limit)
    }
    func insert(_ enrolment: Enrolment) throws(StoreError) { try base.insert(enrolment) }
    func update(_ enrolment: Enrolment) throws(StoreError) { try base.update(enrolment) }
    func update(_ enrolment: PreparedUpdate<Enrolment>) throws(StoreError) { try base.update(enrolment) }
    func append(_ head: AuditHead) throws(StoreError) { try base.append(head) }
    func eraseAuditPersons(of subscriber: SubscriberID, at now: Date) throws(StoreError) {
        try base.eraseAuditPersons(of: subscriber, at: now)
    }
    func insert(_ subscriber: Subscriber) throws(StoreError) { try base.insert(subscriber) }
    func update(_ subscriber: Subscriber) throws(StoreError) { try base.update(subscriber) }
    func insert(_ order: Order) throws(StoreError) { try base.insert(order) }
    func update(_ order: Order) throws(StoreError) { try base.update(order) }
    func insert(_ session: Session) throws(StoreError) { try base.insert(session) }
    func update(_ session: Session) throws(StoreError) { try base.update(session) }
    func remove(_ session: Session) throws(StoreError) { try base.remove(session) }
    func insert(_ notice: Notice) throws(StoreError) { try base.insert(notice) }
    func countStranger() throws(StoreError) { try base.countStranger() }
    func insert(_ transaction: Transaction) throws(StoreError) { try base.insert(transaction) }
    func update(_ transaction: Transaction) throws(StoreError) { try base.update(transaction) }
    func keep(_ operation: ChallengeID, signs transaction: TransactionID) throws(StoreError) {
        try base.keep(operation, signs: transaction)
    }
}
