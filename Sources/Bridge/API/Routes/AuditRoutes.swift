import DeviceProtocol
import Foundation
import HTTPDoor
import HTTPTypes
import Hummingbird
import Synchronization
import Verification

/// The audit log: its rows, its signed heads, and whether it is as it was written.
struct AuditRoutes: Sendable {
    let bank: BankSide
    /// Whether a check of the whole log is running: one is enough, and it reads all rows.
    private let check = OneAtATime()

    init(bank: BankSide) { self.bank = bank }

    func add(to routes: Router<DoorContext>) {
        routes.add(.get, "/v1/audit", for: .administrator, .observer, takes: .query) { ask in
            let query = try ask.query("cursor", "limit")
            let after = try query.number("cursor", in: 0...Int64.max) ?? 0
            let limit = Int(try query.number("limit", in: 1...1_000) ?? 100)
            let rows = try await bank.audit.rows(after: after, limit: limit)
            return try .json(
                AuditForm(rows: rows.map(AuditRowForm.init), next: rows.count == limit ? rows.last.map { String($0.number) } : nil))
        }
        routes.add(.get, "/v1/audit/heads", for: .administrator, .observer, takes: .query) { ask in
            let page = try PageAsk(try ask.query("cursor", "limit"))
            let (heads, next) = page.part(of: try await bank.audit.heads())
            return try .json(AuditHeadsForm(heads: heads, next: next))
        }
        routes.add(.get, "/v1/audit/check", for: .administrator, .observer) { _ in
            guard check.begin() else {
                throw Problem(
                    .tooManyRequests, "tooManyRequests", "another check of the audit log is running", userAction: "wait for its end",
                    isRetryable: true, headers: [.retryAfter: "10"])
            }
            defer { check.end() }
            return try .json(AuditReportForm(try await bank.audit.check(keys: bank.auditKeys)))
        }
    }
}

/// Lets one in, and turns away who comes before it has ended.
private final class OneAtATime: Sendable {
    private let isRunning = Mutex(false)

    func begin() -> Bool {
        isRunning.withLock { isRunning in
            if isRunning { return false }
            isRunning = true
            return true
        }
    }

    func end() { isRunning.withLock { $0 = false } }
}

/// Part of the log.
struct AuditForm: Encodable {
    let rows: [AuditRowForm]
    let next: String?
}

/// One row; bytes in lower-case hexadecimal digits.
struct AuditRowForm: Encodable {
    let number: Int64
    let at: Date
    let milliseconds: Int64
    let kind: AuditEvent.Kind
    let subscriber: String?
    let device: String?
    let operation: String?
    let detail: String
    let reference: String?
    let hash: String

    init(_ row: AuditRow) {
        number = row.number
        at = row.date
        milliseconds = row.milliseconds
        kind = row.kind
        subscriber = row.person.flatMap { $0.subscriber.isEmpty ? nil : $0.subscriber }
        device = row.person.flatMap { $0.device.isEmpty ? nil : $0.device }
        operation = row.operation?.lowercaseHexadecimal
        detail = row.detail
        reference = row.reference?.lowercaseHexadecimal
        hash = row.hash.lowercaseHexadecimal
    }
}

/// Part of the signed heads.
struct AuditHeadsForm: Encodable {
    let heads: [AuditHead]
    let next: String?
}

/// What a check found.
struct AuditReportForm: Encodable {
    /// Something that is wrong.
    struct Finding: Encodable {
        let row: Int64
        let text: String
    }

    let isIntact: Bool
    let rows: Int64
    let anchored: Int64
    let unanchoredSince: Int64?
    let findings: [Finding]

    init(_ report: AuditReport) {
        isIntact = report.isIntact
        rows = report.rows
        anchored = report.anchored
        unanchoredSince = report.unanchoredSince
        findings = report.findings.map { Finding(row: $0.row, text: $0.description) }
    }
}
