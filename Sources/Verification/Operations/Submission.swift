import Crypto
public import DeviceProtocol
import Foundation
import ScanChallenge

extension Operations {
    /// Checks an answer, once: the operation ends with it.
    ///
    /// Consuming the code, counting a failure and the outcome are one transaction. Signatures are checked before it. Whatever is wrong
    /// with an answer, the outcome is ``Outcome/refused`` and says no more (RTS Art. 4(3)(a)).
    ///
    /// - Parameters:
    ///   - stapled: OCSP responses (RFC 6960) that came with a signature; the policy says whether any is needed.
    ///   - node: the node whose device answers; an operation that another one claimed takes no answer.
    /// - Throws: ``VerificationError``: no such operation, ended before, or claimed by another node; another kind of answer is wanted; the
    ///   store failed. Nothing happened then.
    public func submit(
        _ response: Response, to id: ChallengeID, stapled: [[UInt8]] = [], claimedBy node: String? = nil
    ) async throws(VerificationError) -> Outcome {
        let signed = try await certificatesThatSigned(response, for: id, stapled: stapled)
        return try await store.decide { transaction throws(StoreError) in
            if let refusal = try transaction.refusal(of: response, to: id, from: node) { return .failure(refusal) }
            return try judge(response, signedBy: signed, to: id, in: transaction)
        }
    }

    /// Decides about an answer within a transaction.
    ///
    /// - Parameter knowledge: whether all else that the person had to know was right. When it was not, a right answer is spent and
    ///   refused all the same, and the device's count stays what it was.
    func judge(
        _ response: Response, signedBy signed: CardCertificates?, to id: ChallengeID, knowledge: Bool = true,
        in transaction: any StoreTransaction
    ) throws(StoreError) -> Result<Outcome, VerificationError> {
        guard var operation = try transaction.operation(id), var enrolment = try transaction.enrolment(operation.enrolment) else {
            return .failure(.noSuchOperation(id))
        }
        if let outcome = operation.outcome {
            try transaction.append(AuditEvent(.refused, of: enrolment, at: now(), operation: id, detail: "again, \(outcome.name) before"))
            return .failure(.ended(id, outcome.name))
        }
        guard let profile = policy.products.first(where: { $0.id == enrolment.product }) else {
            return .failure(.unknownProduct(enrolment.product))
        }
        let now = now()
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
                let notice = enrolment.countFailure(by: policy.blocking.limited(to: profile.failureLimit), at: now)
                try transaction.tell(notice, to: enrolment.subscriber, about: enrolment.device, at: now)
            case .resetFailures: enrolment.failures = 0
            }
        }
        guard case .ended(let outcome) = machine.state else { return .failure(.working(id)) }
        operation.state = machine.state
        try transaction.update(enrolment)
        try transaction.update(operation)
        try transaction.append(AuditEvent(outcome, of: operation, by: enrolment, at: now))
        if case .succeeded = outcome { try transaction.countSignature(operation, at: now) }
        return .success(outcome)
    }

    /// The certificates that an answer was checked against and found signed by; `nil` when it was not.
    ///
    /// This is slow, and asks nothing that another answer could change: so it happens outside the transaction, which compares the
    /// certificates with those enrolled then.
    func certificatesThatSigned(
        _ response: Response, for id: ChallengeID, stapled: [[UInt8]] = []
    ) async throws(VerificationError) -> CardCertificates? {
        guard case .signature(let signature, let certificates) = response else { return nil }
        let found: (Operation, Enrolment)?
        do {
            found = try await store.read { (reader) throws(StoreError) in
                guard let operation = try reader.operation(id), let enrolment = try reader.enrolment(operation.enrolment) else {
                    return nil
                }
                return (operation, enrolment)
            }
        } catch { throw .store(error) }
        guard let (operation, enrolment) = found, case .certificates(let pinned) = enrolment.credential else { return nil }
        let role: KeyRole = operation.challenge.content.isLogin ? .authentication : .signature
        do throws(CertificateRefusal) {
            try await CertificateCheck(anchors: policy.anchors, now: now(), revocation: policy.revocation, stapled: stapled).accept(
                signature, over: operation.challenge.coveredBytes(as: .card, by: operation.device), certificates: certificates,
                pinned: pinned, role: role)
            return pinned
        } catch {
            return nil
        }
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
