import DeviceProtocol
public import Foundation

/// A customer: what they know, and how often they were wrong.
public struct Subscriber: Hashable, Sendable {
    /// Their user ID.
    public let id: SubscriberID
    /// Everything else.
    public internal(set) var record: Record
    /// How often it was changed; a store changes it only for who has seen the latest.
    public let version: Int

    /// A subscriber as a store kept it.
    public init(id: SubscriberID, record: Record = Record(), version: Int = 0) {
        self.id = id
        self.record = record
        self.version = version
    }

    /// What a store keeps of a subscriber.
    public struct Record: Hashable, Sendable, Codable {
        /// Their password; `nil` until they have chosen one.
        public internal(set) var password: SecretHash?
        /// The password of the order letter; gone once it was used, and when another one is sent.
        public internal(set) var initialPassword: SecretHash?
        /// The order in which the last initial password was used; `nil` since another one was sent.
        var initialPasswordUsedBy: EnrolmentID?
        /// Questions, with what their answers are checked with.
        public internal(set) var questions: [SecurityQuestion] = []
        /// How many wrong logins, passwords and codes of letters came one after the other, whatever the device; no new login resets it.
        var failures = 0
        /// When the block that they led to is over; also ``isBlockedForGood``.
        var blockedUntil: Date?
        /// Whether only another device or the helpdesk unblocks.
        var isBlockedForGood = false
        /// Wrong answers to payments, batches and beneficiaries, whatever the device; `nil` for none, and no new operation resets them.
        var approvals: WrongAnswers?
        /// The helpdesk's code, as long as it is good.
        public internal(set) var helpdeskCode: PassingCode?
        /// The operations that opened a way back or set a password, each with when it was accepted; each does so once.
        public internal(set) var spentApprovals: [String] = []
        /// The name of the picture that they have chosen.
        public internal(set) var secretImage: String?
        /// The names of those that they may choose from, until they have.
        public internal(set) var offeredImages: [String]?
        /// Whom they trust (RTS, Article 13); `nil` for nobody yet.
        public internal(set) var trustedBeneficiaries: [TrustedBeneficiary]?
        /// What they paid without approval since the last one; `nil` for nothing.
        var exempted: ExemptedPayments?
        /// What was granted to them a short time ago.
        var grants: [Grant]?

        /// Nothing is known yet.
        public init() {}
    }

    /// What was wrong at logins, and wherever somebody says who they are: anybody can do that who knows a user ID.
    private var logins: WrongAnswers {
        get {
            var logins = WrongAnswers()
            (logins.count, logins.blockedUntil, logins.isBlockedForGood) = (record.failures, record.blockedUntil, record.isBlockedForGood)
            return logins
        }
        set {
            (record.failures, record.blockedUntil, record.isBlockedForGood) = (
                newValue.count, newValue.blockedUntil, newValue.isBlockedForGood
            )
        }
    }

    /// How many answers of theirs were wrong and are counted.
    public var failures: Int { record.failures + (record.approvals?.count ?? 0) }

    /// Whether only another device or the helpdesk unblocks.
    public var isBlockedForGood: Bool { record.isBlockedForGood || record.approvals?.isBlockedForGood ?? false }

    /// When a block that ends by itself is over; `nil` where there is none at `now`.
    public func blockedUntil(at now: Date) -> Date? {
        guard isBlocked(at: now), !isBlockedForGood else { return nil }
        return [record.blockedUntil, record.approvals?.blockedUntil].compactMap(\.self).max()
    }

    /// Whether no login and no password is accepted from them at `now`.
    public func isBlocked(at now: Date) -> Bool { logins.isBlocked(at: now) || isBlockedFromApproving(at: now) }

    /// Whether wrong logins, passwords and codes block them at `now`: from logging in alone.
    func isBlockedByLogins(at now: Date) -> Bool { logins.isBlocked(at: now) }

    /// Whether they are asked to approve nothing at `now`.
    ///
    /// Wrong logins do not lead to this: any stranger could end what is open by guessing.
    public func isBlockedFromApproving(at now: Date) -> Bool { record.approvals?.isBlocked(at: now) ?? false }

    /// Counts a wrong login, password or code; what the person has to be told, if anything.
    ///
    /// While they are blocked nothing is looked at, and so nothing counts.
    ///
    /// - Parameter isWayBack: whether it was a code that is looked at also while wrong answers to operations block them.
    mutating func countFailure(by rule: BlockingRule, at now: Date, isWayBack: Bool = false) -> Notice.Kind? {
        guard !(isWayBack ? isBlockedByLogins(at: now) : isBlocked(at: now)) else { return nil }
        return logins.countOne(by: rule, at: now).ofPerson
    }

    /// Counts a wrong answer to a payment, batch or beneficiary; what the person has to be told, if anything.
    mutating func countWrongApproval(by rule: BlockingRule, at now: Date) -> Notice.Kind? {
        guard !isBlockedFromApproving(at: now) else { return nil }
        var approvals = record.approvals ?? WrongAnswers()
        let consequence = approvals.countOne(by: rule, at: now)
        record.approvals = approvals
        return consequence.ofPerson
    }

    /// Forgets the wrong answers to operations, and with them the block.
    mutating func forgetWrongApprovals() { record.approvals = nil }

    /// Forgets the wrong logins, passwords and codes, and with them the block.
    mutating func forgetWrongLogins() { logins = WrongAnswers() }

    /// Forgets all wrong answers, and with them every block.
    mutating func forgetFailures() {
        forgetWrongLogins()
        forgetWrongApprovals()
    }

    /// Whether an operation was used for a second purpose; a yes (``Permissions``) is one, too.
    func hasSpent(_ operation: ChallengeID) -> Bool {
        let name = operation.description
        return record.spentApprovals.contains { SpentApproval($0).name == name }
            || (record.grants ?? []).contains { $0.operation == operation.bytes }
    }

    /// Uses an operation for a second purpose; `false` when it was used before, or when so many others were that no more is remembered.
    mutating func spend(_ operation: Operation) -> Bool {
        guard case .succeeded(let evidence)? = operation.outcome, !hasSpent(operation.id) else { return false }
        let name = operation.id.description
        let spent = record.spentApprovals.map(SpentApproval.init)
        // What is asked for now was accepted before now: what is too old beside it is too old for everybody.
        var kept = spent.filter { !$0.isForgotten(beside: evidence.acceptedAt) }
        if kept.count >= SpentApproval.limit { kept.removeAll { $0.acceptedAt == nil } }
        guard kept.count < SpentApproval.limit else { return false }
        record.spentApprovals = (kept + [SpentApproval(name: name, acceptedAt: evidence.acceptedAt)]).map(\.text)
        return true
    }
}

/// An approval that was used, as it stands in a person's record: its name, a space, and the second since 1970 in which it was accepted.
private struct SpentApproval {
    /// The most that are remembered.
    static let limit = 32

    let name: String
    /// `nil` for one that an earlier version kept, by its name alone.
    let acceptedAt: Date?

    init(name: String, acceptedAt: Date) {
        self.name = name
        self.acceptedAt = acceptedAt
    }

    init(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 1)
        name = parts.first.map(String.init) ?? ""
        acceptedAt = parts.dropFirst().first.flatMap { Int64($0) }.map { Date(timeIntervalSince1970: TimeInterval($0)) }
    }

    var text: String {
        guard let acceptedAt, let second = Int64(exactly: acceptedAt.timeIntervalSince1970.rounded(.up)) else { return name }
        return "\(name) \(second)"
    }

    /// Whether nobody accepts it any more when another one was accepted at this moment.
    func isForgotten(beside moment: Date) -> Bool {
        acceptedAt.map { $0.addingTimeInterval(Permissions.approvalLife + Permissions.clockMargin) <= moment } ?? false
    }
}

/// A question that only the person can answer.
public struct SecurityQuestion: Hashable, Sendable, Codable {
    /// As it is asked.
    public let text: String
    /// What the answer is checked with; it is normalised before.
    public let answer: SecretHash

    /// The most characters of a question.
    public static let limit = 120

    /// A question.
    public init(text: String, answer: SecretHash) {
        self.text = text
        self.answer = answer
    }
}

extension BlockingRule.Consequence {
    /// What a person has to be told of it.
    fileprivate var ofPerson: Notice.Kind? {
        switch self {
        case .counted: nil
        case .blocked(let end, let tries): .personBlocked(until: end, triesAfterwards: tries)
        case .blockedForGood: .personBlockedForGood
        }
    }
}
