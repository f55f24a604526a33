import Crypto
import DeviceProtocol
import Foundation
import ScanChallenge

/// What becomes of an answer, before it is written: found by looking alone.
struct Judgement {
    /// As it was read, and is replaced only while it is stored so.
    let former: AskedOperation
    /// As it is stored then.
    var asked: AskedOperation
    /// How the operation ended; `nil` where it had ended before, and keeps its outcome.
    var outcome: Outcome?
    /// What the person has to be told.
    var notice: Notice.Kind?
    /// Why an answer that was right is refused, for the audit log.
    var reason: String?
    let now: Date
}

extension Operations {
    /// Judges an answer.
    ///
    /// - Parameters:
    ///   - signed: what the check of its signature came to. One that nobody vouches for is refused and costs nothing: nobody can guess it.
    ///   - knowledge: whether all else that the person had to know was right. When it was not, a right answer is spent and refused all
    ///     the same, and the device's count stays what it was.
    func judge(
        _ response: Response, signedBy signed: CheckedSignature, to asked: AskedOperation, knowledge: Bool = true
    ) -> Result<Judgement, VerificationError> {
        let now = now()
        var judgement = Judgement(former: asked, asked: asked, now: now)
        let operation = asked.operation
        if operation.outcome != nil { return .success(judgement) }
        var enrolment = asked.enrolment
        guard let profile = policy.products.first(where: { $0.id == enrolment.product }) else {
            return .failure(.unknownProduct(enrolment.product))
        }
        enrolment.settle(at: now)
        var machine = OperationMachine(state: operation.state)
        let event: OperationMachine.Event
        var isAnswerRight = false
        if now >= operation.challenge.expiresAt {
            event = .answeredLate
        } else if let accepted = enrolment.accepting(
            response, to: operation, signedBy: signed.certificates, as: profile.method, at: now)
        {
            isAnswerRight = true
            enrolment.credential = accepted.credential
            event =
                knowledge ? .accepted(Evidence(of: accepted.answer, to: operation, from: enrolment, product: profile, at: now)) : .rejected
        } else if case .unvouched(let pinned) = signed,
            enrolment.accepting(response, to: operation, signedBy: pinned, as: profile.method, at: now) != nil
        {
            isAnswerRight = true
            judgement.reason = "nobody can say whether the certificate was revoked"
            event = .rejected
        } else {
            event = .rejected
        }
        for action in machine.handle(event) ?? [] {
            switch action {
            case .countFailure where isAnswerRight: break
            case .countFailure:
                judgement.notice = enrolment.countFailure(by: policy.blocking.limited(to: profile.failureLimit), at: now)
            case .resetFailures: enrolment.forgetFailures()
            }
        }
        guard case .ended(let outcome) = machine.state else { return .failure(.working(operation.id)) }
        judgement.asked.operation.state = machine.state
        judgement.asked.enrolment = enrolment
        judgement.outcome = outcome
        return .success(judgement)
    }
}

/// What becomes of an answer, ready to be written.
enum PreparedJudgement: Sendable {
    /// The operation ends.
    case ending(PreparedEnding)
    /// The operation had ended before, and keeps its outcome.
    indirect case again(AskedOperation, at: Date)
}

/// How an operation ends, and what is written then: it is large, and goes from thread to thread and back.
final class PreparedEnding: Sendable {
    let outcome: Outcome
    let operation: PreparedUpdate<Operation>
    let enrolment: PreparedUpdate<Enrolment>
    /// What the person has to be told.
    let notice: Notice.Kind?
    /// What it is for the person, whose count is one for all of their devices.
    let counted: CountedAnswer?
    /// What the audit log says of it.
    let event: PreparedEvent
    let now: Date

    fileprivate init(_ judgement: Judgement, as outcome: Outcome, by preparation: any UpdatePreparing) throws(StoreError) {
        self.outcome = outcome
        operation = try preparation.prepared(judgement.asked.operation)
        enrolment = try preparation.prepared(judgement.asked.enrolment, since: judgement.former.enrolment)
        (notice, counted, now) = (judgement.notice, CountedAnswer(outcome, former: judgement.former, asked: judgement.asked), judgement.now)
        event = PreparedEvent(
            AuditEvent(outcome, of: operation.row, by: enrolment.row, because: judgement.reason, at: now), about: judgement.former.person)
    }
}

/// An answer that changes how many of a person's were wrong.
enum CountedAnswer: Sendable {
    /// A wrong one to what moves money: logins and what takes something into use any stranger could answer wrongly.
    case wrong
    /// A right one, of a device that gave wrong ones before.
    case right

    /// `nil` where nothing changes.
    fileprivate init?(_ outcome: Outcome, former: AskedOperation, asked: AskedOperation) {
        let (before, after) = (former.enrolment, asked.enrolment)
        switch outcome {
        case .refused where after.failures > before.failures && asked.operation.challenge.content.isApproval: self = .wrong
        // Who has a device that is on its way to somebody is not known yet.
        case .succeeded where before.failures > 0 && before.state != .ordered: self = .right
        default: return nil
        }
    }
}

/// What became of an answer, written.
struct StoredEnding: Sendable {
    fileprivate let ending: PreparedEnding
    /// The number of the operation's change.
    fileprivate let change: Int64

    /// How the operation ended.
    var outcome: Outcome { ending.outcome }

    /// The operation as it is stored now, with the version that was replaced.
    var operation: Operation {
        var operation = ending.operation.row
        operation.change = change
        return operation
    }
}

extension Result<Judgement, VerificationError> {
    /// Makes ready to be written what becomes of the answer.
    func prepared(by preparation: any UpdatePreparing) throws(StoreError) -> Result<PreparedJudgement, VerificationError> {
        switch self {
        case .success(let judgement):
            guard let outcome = judgement.outcome else { return .success(.again(judgement.asked, at: judgement.now)) }
            return .success(.ending(try PreparedEnding(judgement, as: outcome, by: preparation)))
        case .failure(let refusal): return .failure(refusal)
        }
    }
}

extension StoreTransaction {
    /// Writes what became of an answer; one that was not judged is refused as it was.
    ///
    /// - Throws: ``StoreError/conflict(_:)`` where operation or enrolment are not stored as they were judged.
    func carryOut(_ judged: Result<PreparedJudgement, VerificationError>) throws(StoreError) -> Result<StoredEnding, VerificationError> {
        switch judged {
        case .success(.ending(let ending)): return .success(try carryOut(ending))
        case .success(.again(let asked, let now)):
            let (name, before) = (asked.operation.id, asked.operation.outcome?.name ?? "")
            try append(AuditEvent(.refused, of: asked.enrolment, at: now, operation: name, detail: "again, \(before) before"))
            return .failure(.ended(name, before))
        case .failure(let refusal): return .failure(refusal)
        }
    }

    /// Counts for the person what became of an answer to an operation; when that blocks them, nothing else of theirs waits any more.
    func count(_ judged: Result<PreparedJudgement, VerificationError>, by rule: BlockingRule) throws(StoreError) {
        guard case .success(.ending(let ending)) = judged, let counted = ending.counted,
            var subscriber = try subscriber(ending.enrolment.row.subscriber), !subscriber.isBlockedFromApproving(at: ending.now)
        else { return }
        switch counted {
        case .right:
            guard subscriber.record.approvals != nil else { return }
            subscriber.forgetWrongApprovals()
        case .wrong:
            guard let notice = subscriber.countWrongApproval(by: rule, at: ending.now) else { break }
            try tell(notice, to: subscriber.id, at: ending.now)
            let ordered = Set(try enrolments(of: subscriber.id).filter { $0.state == .ordered }.map(\.id))
            try endOperations(of: subscriber.id) {
                !Recovery.isWayBack($0.challenge.content, of: subscriber.id) && !ordered.contains($0.enrolment)
            }
        }
        try update(subscriber)
    }

    private func carryOut(_ ending: PreparedEnding) throws(StoreError) -> StoredEnding {
        let (enrolment, operation, now) = (ending.enrolment.row, ending.operation.row, ending.now)
        try tell(ending.notice, to: enrolment.subscriber, about: enrolment.device, at: now)
        try update(ending.enrolment)
        let change = try update(ending.operation)
        try append(ending.event)
        if case .succeeded = ending.outcome { try countSignature(operation, at: now) }
        return StoredEnding(ending: ending, change: change)
    }
}

extension Enrolment {
    /// The credential after an answer is accepted, and what evidence keeps of that answer; `nil` when it is not accepted.
    ///
    /// What a code is, the product decides, never the sender: an answer of another shape is a wrong one.
    fileprivate func accepting(
        _ response: Response, to operation: Operation, signedBy signed: CardCertificates?, as method: ProductProfile.Method, at now: Date
    ) -> (credential: Credential, answer: String)? {
        guard isUsable(for: operation.challenge.content), let kept = credential.trace(of: response, to: operation.id) else { return nil }
        switch (credential, method, response) {
        case (.timedCode(let timed), .timedCode(let parameters), .code(let code)):
            guard let next = timed.accepting(code, at: now, as: parameters) else { return nil }
            return (.timedCode(next), kept)
        case (.countedCode(let counted), .countedCode(let parameters), .code(let code)):
            guard let next = counted.accepting(code, as: parameters) else { return nil }
            return (.countedCode(next), kept)
        case (.scanCode(let scan), .scanCode(let kind), .code(let code)):
            // Without a QR code nobody was shown anything, so that no code can be an answer.
            guard operation.sealed != nil, scan.ocraKey.answers(code, to: operation.challenge, by: device, as: kind) else { return nil }
            return (credential, kept)
        case (.phone(let phone), .scanCode(let kind), .code(let code)):
            guard operation.sealed != nil, phone.ocraKey.answers(code, to: operation.challenge, by: device, as: kind) else { return nil }
            return (credential, kept)
        case (.phone(let phone), .scanCode(let kind), .signedCode(let code, let signature)):
            // The signature tells the phone, the code its PIN: each is looked at, and both must be right.
            let isCode = phone.ocraKey.answers(code, to: operation.challenge, by: device, as: kind)
            let isSigned = phone.answerKey.isValid(signature, for: operation.challenge, by: device)
            guard operation.sealed != nil, isCode, isSigned else { return nil }
            return (credential, kept)
        case (.certificates(let pinned), .signature, .signature):
            guard signed == pinned else { return nil }
            return (credential, kept)
        default:
            return nil
        }
    }
}

extension AuditEvent {
    /// What became of an answer; an accepted one is tied to what was asked by its digest.
    fileprivate init(_ outcome: Outcome, of operation: Operation, by enrolment: Enrolment, because reason: String?, at now: Date) {
        if case .succeeded(let evidence) = outcome {
            self.init(.accepted, of: enrolment, at: now, operation: operation.id, detail: "challenge \(evidence.challengeDigest)")
        } else {
            let detail = ["\(outcome.name), failures \(enrolment.failures)", reason].compactMap(\.self).joined(separator: "; ")
            self.init(.refused, of: enrolment, at: now, operation: operation.id, detail: detail)
        }
    }
}

extension Evidence {
    fileprivate init(
        of answer: String, to operation: Operation, from enrolment: Enrolment, product: ProductProfile, at now: Date
    ) {
        self.init(
            operation: operation.id.description, subscriber: enrolment.subscriber.rawValue, device: enrolment.device, kind: product.kind,
            shown: operation.challenge.summary, challengeDigest: SHA256.hash(data: operation.challenge.der).lowercaseHexadecimal,
            answer: answer,
            acceptedAt: now, binding: product.binding, isEmulated: enrolment.isEmulated)
    }
}
