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
    let now: Date
}

extension Operations {
    /// Judges an answer.
    ///
    /// - Parameters:
    ///   - signed: the certificates that it was found signed by.
    ///   - knowledge: whether all else that the person had to know was right. When it was not, a right answer is spent and refused all
    ///     the same, and the device's count stays what it was.
    func judge(
        _ response: Response, signedBy signed: CardCertificates?, to asked: AskedOperation, knowledge: Bool = true
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
        } else if let accepted = enrolment.accepting(response, to: operation, signedBy: signed, as: profile.method, at: now) {
            isAnswerRight = true
            enrolment.credential = accepted.credential
            event =
                knowledge ? .accepted(Evidence(of: accepted.answer, to: operation, from: enrolment, product: profile, at: now)) : .rejected
        } else {
            event = .rejected
        }
        for action in machine.handle(event) ?? [] {
            switch action {
            case .countFailure where isAnswerRight: break
            case .countFailure:
                judgement.notice = enrolment.countFailure(by: policy.blocking.limited(to: profile.failureLimit), at: now)
            case .resetFailures: enrolment.failures = 0
            }
        }
        guard case .ended(let outcome) = machine.state else { return .failure(.working(operation.id)) }
        judgement.asked.operation.state = machine.state
        judgement.asked.enrolment = enrolment
        judgement.outcome = outcome
        return .success(judgement)
    }
}

extension StoreTransaction {
    /// Writes what became of an answer; one that was not judged is refused as it was.
    ///
    /// - Returns: the operation as it is stored then, with the version that was replaced, and how it ended.
    /// - Throws: ``StoreError/conflict(_:)`` where operation or enrolment are not stored as they were judged.
    func carryOut(
        _ judged: Result<Judgement, VerificationError>
    ) throws(StoreError) -> Result<(operation: Operation, outcome: Outcome), VerificationError> {
        let judgement: Judgement
        switch judged {
        case .success(let found): judgement = found
        case .failure(let refusal): return .failure(refusal)
        }
        var operation = judgement.asked.operation
        let (enrolment, now) = (judgement.asked.enrolment, judgement.now)
        guard let outcome = judgement.outcome else {
            let before = operation.outcome?.name ?? ""
            try append(AuditEvent(.refused, of: enrolment, at: now, operation: operation.id, detail: "again, \(before) before"))
            return .failure(.ended(operation.id, before))
        }
        try tell(judgement.notice, to: enrolment.subscriber, about: enrolment.device, at: now)
        try update(enrolment, since: judgement.former.enrolment)
        operation.change = try update(operation)
        try append(AuditEvent(outcome, of: operation, by: enrolment, at: now))
        if case .succeeded = outcome { try countSignature(operation, at: now) }
        return .success((operation, outcome))
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
    fileprivate init(_ outcome: Outcome, of operation: Operation, by enrolment: Enrolment, at now: Date) {
        if case .succeeded(let evidence) = outcome {
            self.init(.accepted, of: enrolment, at: now, operation: operation.id, detail: "challenge \(evidence.challengeDigest)")
        } else {
            self.init(.refused, of: enrolment, at: now, operation: operation.id, detail: "\(outcome.name), failures \(enrolment.failures)")
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
