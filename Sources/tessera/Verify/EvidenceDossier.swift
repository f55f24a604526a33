import DeviceProtocol
import Foundation
import Verification

/// All that a store knows of one operation that succeeded.
struct EvidenceDossier {
    let operation: Verification.Operation
    let evidence: Evidence
    let product: ProductProfile.ID?
    /// What signed the answer; `nil` for a code.
    let signed: SignedAnswer?
    /// The audit log's rows about the operation.
    let rows: [AuditRow]
    /// The first signed head behind them; `nil` where there is none yet.
    let head: AuditHead?

    /// Reads it.
    ///
    /// - Parameter progress: is told the number of the last row of the audit log that was looked at.
    /// - Throws: ``Failure`` for one that has not succeeded; `VerificationError` where there is none; `StoreError`, also where the
    ///   certificate of a signature is sealed under a key that was not given; `CertificateRefusal`.
    init(of id: ChallengeID, in store: any Store, at now: Date, progress: (Int64) -> Void) async throws {
        let found = try await store.read { (reader) throws(StoreError) -> Found? in
            guard let operation = try reader.operation(id) else { return nil }
            let product = try reader.product(of: operation.enrolment)
            // Nothing else of it is sealed, so that the keys are wanted for a signature alone.
            guard case .succeeded(let evidence) = operation.outcome, evidence.signature != nil else {
                return Found(operation: operation, product: product, enrolment: nil)
            }
            return Found(operation: operation, product: product, enrolment: try reader.enrolment(operation.enrolment))
        }
        guard let found else { throw VerificationError.noSuchOperation(id) }
        guard case .succeeded(let evidence) = found.operation.outcome else { throw Self.refusal(of: found.operation, at: now) }
        (operation, product, self.evidence) = (found.operation, found.product, evidence)
        signed = try found.enrolment.flatMap { try SignedAnswer(of: found.operation, under: $0) }
        let log = AuditLog(store: store)
        rows = try await log.rows(matching: AuditFilter(operation: id), progress: progress).entries
        head = try await Self.head(behind: rows.last?.number, in: log)
    }

    /// What is read in one look.
    private struct Found: Sendable {
        let operation: Verification.Operation
        let product: ProductProfile.ID?
        let enrolment: Enrolment?
    }

    private static func head(behind row: Int64?, in log: AuditLog) async throws -> AuditHead? {
        guard let row else { return nil }
        var last: Int64 = 0
        while true {
            let heads = try await log.heads(after: last)
            if let head = heads.first(where: { $0.row >= row }) { return head }
            guard let end = heads.last?.number else { return nil }
            last = end
        }
    }

    private static func refusal(of operation: Verification.Operation, at now: Date) -> Failure {
        // What the store says next of one whose time is over.
        let isOverdue = now >= operation.challenge.expiresAt
        let state =
            switch operation.state {
            case .pending: isOverdue ? "expired" : "pending"
            case .working: isOverdue ? "indeterminate" : "working"
            case .ended(let outcome): outcome.name
            }
        return Failure(
            "the operation \(operation.id) has not succeeded: it is \(state)",
            hint: operation.outcome == nil && !isOverdue
                ? "wait for its answer, and repeat"
                : "only what was agreed to leaves evidence; \"tessera verify log\" tells what became of it", exit: .refused)
    }
}
