import DeviceProtocol
import Foundation
import HTTPDoor
import Verification

/// A customer, without anything that is checked against.
struct SubscriberForm: Encodable {
    let id: SubscriberID
    let hasPassword: Bool
    let hasInitialPassword: Bool
    let hasSecretImage: Bool
    let questions: [String]
    let failures: Int
    let isBlocked: Bool
    /// `nil` where the block has no end, or there is none.
    let blockedUntil: Date?

    init(_ subscriber: Subscriber, at now: Date) {
        id = subscriber.id
        let record = subscriber.record
        hasPassword = record.password != nil
        hasInitialPassword = record.initialPassword != nil
        hasSecretImage = record.secretImage != nil
        questions = record.questions.map(\.text)
        failures = subscriber.failures
        isBlocked = subscriber.isBlocked(at: now)
        blockedUntil = subscriber.blockedUntil(at: now)
    }
}

/// Part of a list of customers.
struct SubscribersForm: Encodable {
    /// One of them: the name, and whether anything is accepted from them.
    struct Entry: Encodable {
        let id: SubscriberID
        let isBlocked: Bool
        /// `nil` where the block has no end, or there is none.
        let blockedUntil: Date?
    }

    let subscribers: [Entry]
    let next: SubscriberID?

    init(_ page: ListPage<Subscriber, SubscriberID>, at now: Date) {
        subscribers = page.entries.map {
            Entry(id: $0.id, isBlocked: $0.isBlocked(at: now), blockedUntil: $0.blockedUntil(at: now))
        }
        next = page.next
    }
}

/// Who is to become a customer.
struct NewSubscriberForm: Decodable {
    let id: SubscriberID

    private enum CodingKeys: String, CodingKey, CaseIterable { case id }

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        id = try members.subscriber(.id)
    }
}

/// Another password: by the old one, or by an operation that approved it.
struct PasswordForm: Decodable {
    enum Change: Sendable {
        case replace(old: HeldSecret, new: HeldSecret)
        case reset(new: HeldSecret, approvedBy: ChallengeID)
    }

    let change: Change

    private enum CodingKeys: String, CodingKey, CaseIterable { case old, new, approvedBy }

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        let new = try members.secret(.new)
        if let operation = try members.optionalChallenge(.approvedBy) {
            try members.refuseOthers(than: .new, .approvedBy)
            change = .reset(new: new, approvedBy: operation)
        } else {
            change = .replace(old: try members.secret(.old), new: new)
        }
    }
}

/// A password that is to be checked.
struct PasswordCheckForm: Decodable {
    let password: HeldSecret

    private enum CodingKeys: String, CodingKey, CaseIterable { case password }

    init(from decoder: any Decoder) throws { password = try Members<CodingKeys>(decoder).secret(.password) }
}

/// Security questions with their answers.
struct QuestionsForm: Decodable {
    /// One of them.
    struct Entry: Decodable {
        let question: String
        let answer: HeldSecret

        private enum CodingKeys: String, CodingKey, CaseIterable { case question, answer }

        init(from decoder: any Decoder) throws {
            let members = try Members<CodingKeys>(decoder)
            question = try members.text(.question)
            answer = try members.secret(.answer)
        }
    }

    let questions: [Entry]

    private enum CodingKeys: String, CodingKey, CaseIterable { case questions }

    init(from decoder: any Decoder) throws { questions = try Members<CodingKeys>(decoder).value([Entry].self, .questions) }
}

/// Answers to all security questions, in their order.
struct AnswersForm: Decodable {
    private struct Entry: Decodable {
        let answer: HeldSecret

        private enum CodingKeys: String, CodingKey, CaseIterable { case answer }

        init(from decoder: any Decoder) throws { answer = try Members<CodingKeys>(decoder).secret(.answer) }
    }

    let answers: [HeldSecret]

    private enum CodingKeys: String, CodingKey, CaseIterable { case answers }

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        answers = try members.value([Entry].self, .answers).map(\.answer)
        // Each costs a hash.
        guard answers.count <= Subscribers.questionCounts.upperBound else {
            throw Problem.invalidRequest("\(members.path("answers")) has at most \(Subscribers.questionCounts.upperBound) entries")
        }
    }
}

/// How a person is made sure of who wants to be let in again.
struct WayBackForm: Decodable {
    let proof: Recovery.Proof

    private enum CodingKeys: String, CodingKey, CaseIterable { case helpdeskCode, challengeCode, approvedBy }

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        switch try members.onlyOne() {
        case .helpdeskCode: proof = .helpdeskCode(try members.secret(.helpdeskCode))
        case .challengeCode: proof = .challengeCode(try members.secret(.challengeCode))
        case .approvedBy: proof = .approval(try members.challenge(.approvedBy))
        }
    }
}

/// A code for the helpdesk to tell.
struct HelpdeskCodeForm: Encodable {
    let code: String
    let until: Date

    init(_ code: HeldSecret, at now: Date) {
        self.code = code.reveal()
        until = now.addingTimeInterval(Recovery.helpdeskTime)
    }
}

/// Part of a list of notices.
struct NoticesForm: Encodable {
    let notices: [NoticeForm]
    let next: String?
}

/// What a person has to be told out of band.
struct NoticeForm: Encodable {
    let number: Int64?
    let subscriber: SubscriberID
    let device: DeviceID?
    let kind: String
    let text: String
    let at: Date

    init(_ notice: Notice, number: Int64? = nil) {
        self.number = number
        subscriber = notice.subscriber
        device = notice.device
        kind = notice.kind.name
        text = notice.description
        at = notice.at
    }
}

extension Notice.Kind {
    /// The name of the case.
    fileprivate var name: String {
        switch self {
        case .personBlocked: "personBlocked"
        case .personBlockedForGood: "personBlockedForGood"
        case .deviceBlocked: "deviceBlocked"
        case .deviceBlockedForGood: "deviceBlockedForGood"
        case .deviceOrdered: "deviceOrdered"
        case .orderCancelled: "orderCancelled"
        case .deviceRevoked: "deviceRevoked"
        case .deviceSuspended: "deviceSuspended"
        case .deviceReactivated: "deviceReactivated"
        case .deviceActivated: "deviceActivated"
        case .deviceReplaced: "deviceReplaced"
        case .deviceEnded: "deviceEnded"
        case .deviceRenewed: "deviceRenewed"
        case .deviceIdentified: "deviceIdentified"
        case .accountsChanged: "accountsChanged"
        case .passwordChanged: "passwordChanged"
        case .questionsChanged: "questionsChanged"
        case .initialPasswordSent: "initialPasswordSent"
        case .personUnblocked: "personUnblocked"
        case .secretImageChosen: "secretImageChosen"
        }
    }
}
