import DeviceProtocol
import HTTPDoor
import HTTPTypes
import Verification

/// Who may do something to an operation.
///
/// One that waits for an attached device is its caller's. Any other is the verifiers', who answer for what a person typed: a wrong answer
/// counts against the person, and only verifiers and administrators give one. A login's is answered at the login alone, where the password is.
extension OperationRoutes {
    /// What somebody wants to do to an operation.
    enum Use { case answer, cancel, attach, show }

    /// Lets only whose operation it is go on.
    ///
    /// - Throws: ``HTTPDoor/Problem`` 403 `foreignOperation`, 409 `belongsToLogin`; ``Verification/VerificationError``.
    @discardableResult
    func admit(_ caller: Caller, to use: Use, _ id: ChallengeID) async throws -> Verification.Operation {
        let found = try await bank.store.lookUp { (reader) throws(StoreError) in try reader.operation(id) }
        guard let operation = found else { throw VerificationError.noSuchOperation(id) }
        let isOwn =
            if let attachment = operation.attachment {
                attachment.caller == caller.name || use == .show && caller.roles.contains(.verifier)
            } else {
                caller.roles.contains(.verifier)
            }
        guard isOwn || caller.roles.contains(.administrator) else {
            throw Problem(
                .forbidden, "foreignOperation", "the operation \(id) is not this caller's",
                userAction: "let who began it do that, or an administrator")
        }
        guard !operation.isOfLogin || use == .cancel || use == .show else {
            throw Problem(
                .conflict, "belongsToLogin", "the operation \(id) is a login's, and ends with its password",
                userAction: "send password and answer together to /v1/logins/\(id)/finish")
        }
        return operation
    }
}

extension Caller {
    /// Lets only who may ask that go on: what signs people in, vouches for devices or counts for several is the verifiers'.
    ///
    /// - Throws: ``HTTPDoor/Problem`` 403 `roleMissing`.
    func require(toBegin asked: OperationRequest) throws(Problem) {
        switch asked.content {
        // The person is not shown whom a batch of trusted beneficiaries pays.
        case .batch(let batch) where batch.isTrusted: try require(anyOf: [.verifier])
        case .payment, .batch, .beneficiary: if asked.role != nil { try require(anyOf: [.verifier]) }
        case .login, .activation: try require(anyOf: [.verifier])
        }
    }
}

extension Batch {
    /// Whether it stands as a hash.
    fileprivate var isTrusted: Bool { if case .trusted = transfers { true } else { false } }
}
