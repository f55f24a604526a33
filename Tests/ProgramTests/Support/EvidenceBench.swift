import Crypto
import DeviceProtocol
import Foundation
import SQLiteStore
import TestSupport
import Testing
import Verification

/// A sealed store with what it keeps of operations, and the command that writes down what one of them proves.
struct EvidenceBench {
    let folder: Folder
    let store: SQLiteStore

    init() throws {
        folder = try Folder()
        try folder.write(StoreKeys.line(of: SymmetricKey(size: .bits256)), to: "store.keys")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.path("store.keys"))
        store = try SQLiteStore(
            at: folder.path("bank.sqlite"), mark: .test, protection: StoreKeys(file: folder.path("store.keys")))
    }

    /// Runs `tessera verify evidence` for an operation.
    func evidence(
        _ operation: String, in place: String = "evidence", keys: Bool = true, _ more: [String] = []
    ) async throws -> ChildProgram.Outcome {
        let words = ["verify", "evidence", folder.path("bank.sqlite"), operation, "--output", folder.path(place)]
        return try await Program.run(words + (keys ? ["--keys", folder.path("store.keys")] : []) + more)
    }

    /// What the store keeps of an operation that succeeded.
    func kept(of operation: Verification.Operation) throws -> Evidence {
        let evidence: Evidence? = if case .succeeded(let evidence) = operation.outcome { evidence } else { nil }
        return try #require(evidence)
    }

    /// Puts another answer, and another digest, in the place of those that were accepted, with SQLite's own program where no rule of the tables
    /// allows it.
    func exchange(_ answer: String, digest: String? = nil, of operation: Verification.Operation) async throws {
        let kept = try kept(of: operation)
        let forged = Evidence(
            operation: kept.operation, subscriber: kept.subscriber, device: kept.device, kind: kept.kind, shown: kept.shown,
            challengeDigest: digest ?? kept.challengeDigest, answer: answer, acceptedAt: kept.acceptedAt, binding: kept.binding,
            isEmulated: kept.isEmulated)
        let changed = Verification.Operation(
            challenge: operation.challenge, subscriber: operation.subscriber, device: operation.device, enrolment: operation.enrolment,
            idempotencyKey: operation.idempotencyKey, state: .ended(.succeeded(forged)), sealed: operation.sealed,
            version: operation.version)
        let opened = try await ChildProgram.run("sqlite3", [folder.path("bank.sqlite"), "DROP TRIGGER outcome_is_final"])
        try #require(opened.status == 0, "\(opened.complaints)")
        _ = try await store.write { (transaction) throws(StoreError) in try transaction.update(changed) }
    }
}
