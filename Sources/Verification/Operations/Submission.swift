public import DeviceProtocol

extension Operations {
    /// Checks an answer, once: the operation ends with it.
    ///
    /// Consuming the code, counting a failure and the outcome are one transaction. Signatures are checked before it, and so is all else
    /// while others write. Whatever is wrong with an answer, the outcome is ``Outcome/refused`` and says no more (RTS Art. 4(3)(a)).
    ///
    /// - Parameters:
    ///   - stapled: OCSP responses (RFC 6960) that came with a signature; the policy says whether any is needed.
    ///   - node: the node whose device answers; an operation that another one claimed takes no answer.
    /// - Throws: ``VerificationError``: no such operation, ended before, or claimed by another node; another kind of answer is wanted; the
    ///   store failed. Nothing happened then.
    public func submit(
        _ response: Response, to id: ChallengeID, stapled: [[UInt8]] = [], claimedBy node: String? = nil
    ) async throws(VerificationError) -> Outcome {
        try await end(id, with: response, stapled: stapled, claimedBy: node).outcome
    }

    /// The same as ``submit(_:to:stapled:claimedBy:)`` for who tells others of the operation.
    ///
    /// - Returns: the operation as it is now, with the version that was replaced, and how it ended.
    public func end(
        _ id: ChallengeID, with response: Response, stapled: [[UInt8]] = [], claimedBy node: String? = nil
    ) async throws(VerificationError) -> (operation: Operation, outcome: Outcome) {
        let signed = try await certificatesThatSigned(response, for: id, stapled: stapled)
        let decision: Result<StoredEnding, VerificationError>
        do throws(StoreError) {
            decision = try await store.write(
                afterLooking: { (reader) throws(StoreError) in try reader.asked(id) },
                thinking: { (asked, preparation) throws(StoreError) -> Result<PreparedJudgement, VerificationError> in
                    guard let asked else { return .failure(.noSuchOperation(id)) }
                    if let refusal = asked.refusal(of: response, from: node) { return .failure(refusal) }
                    return try judge(response, signedBy: signed, to: asked).prepared(by: preparation)
                },
                { [rule = policy.blocking] (transaction, judgement) throws(StoreError) in
                    let written = try transaction.carryOut(judgement)
                    try transaction.count(judgement, by: rule)
                    return written
                })
        } catch { throw .store(error) }
        let ending = try decision.get()
        return (ending.operation, ending.outcome)
    }

    /// The certificates that an answer was checked against and found signed by.
    ///
    /// This is slow, and asks nothing that another answer could change: so it happens outside the transaction, which compares the
    /// certificates with those enrolled then.
    func certificatesThatSigned(
        _ response: Response, for id: ChallengeID, stapled: [[UInt8]] = []
    ) async throws(VerificationError) -> CheckedSignature {
        guard case .signature(let signature, let certificates) = response else { return .none }
        let asked: AskedOperation?
        do { asked = try await store.lookUp { (reader) throws(StoreError) in try reader.asked(id) } } catch { throw .store(error) }
        guard let asked, case .certificates(let pinned) = asked.enrolment.credential else { return .none }
        let operation = asked.operation
        let role = operation.challenge.content.answeringKey
        do throws(CertificateRefusal) {
            try await CertificateCheck(anchors: policy.anchors, now: now(), revocation: policy.revocation, stapled: stapled).accept(
                signature, over: operation.challenge.coveredBytes(as: .card, by: operation.device), certificates: certificates,
                pinned: pinned, role: role)
            return .right(pinned)
        } catch .revocationUnknown {
            return .unvouched(pinned)
        } catch {
            return .none
        }
    }
}

extension Challenge.Content {
    /// Which of a card's keys answers it.
    var answeringKey: KeyRole { isLogin ? .authentication : .signature }
}
