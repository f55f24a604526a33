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
        /// How many wrong answers came one after the other, whatever the device; no new operation resets it.
        public internal(set) var failures = 0
        /// When the block is over; also ``isBlockedForGood``.
        public internal(set) var blockedUntil: Date?
        /// Whether only another device or the helpdesk unblocks.
        public internal(set) var isBlockedForGood = false
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

    /// Whether nothing is accepted from them at `now`.
    public func isBlocked(at now: Date) -> Bool {
        record.isBlockedForGood || record.blockedUntil.map { now < $0 } ?? false
    }

    /// Counts a wrong answer; what the person has to be told, if anything.
    ///
    /// While they are blocked nothing is looked at, and so nothing counts.
    mutating func countFailure(by rule: BlockingRule, at now: Date) -> Notice.Kind? {
        guard !isBlocked(at: now) else { return nil }
        record.failures += 1
        switch rule.consequence(of: record.failures, at: now) {
        case .counted: return nil
        case .blocked(let end):
            record.blockedUntil = end
            return .personBlocked(until: end, triesAfterwards: rule.triesAfterwards)
        case .blockedForGood:
            record.isBlockedForGood = true
            return .personBlockedForGood
        }
    }

    /// Forgets the wrong answers, and with them the block.
    mutating func forgetFailures() {
        record.failures = 0
        record.blockedUntil = nil
        record.isBlockedForGood = false
    }

    /// Uses an operation for a second purpose; `false` when it was used before, or when so many others were that no more is remembered.
    mutating func spend(_ operation: Operation) -> Bool {
        guard case .succeeded(let evidence)? = operation.outcome else { return false }
        let name = operation.id.description
        let spent = record.spentApprovals.map(SpentApproval.init)
        guard !spent.contains(where: { $0.name == name }) else { return false }
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
