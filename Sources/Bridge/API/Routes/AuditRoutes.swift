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

    /// How many rows one request looks at, at the most: others wait for the store, too.
    private static let mostLookedAt: Int64 = 1_000_000

    init(bank: BankSide) { self.bank = bank }

    func add(to routes: Router<DoorContext>) {
        routes.add(.get, "/v1/audit", for: .administrator, .observer, takes: .query) { ask in
            let query = try ask.query(
                "subscriber", "device", "operation", "kind", "caller", "clerk", "since", "cursor", "limit", plusIsSpace: "caller")
            let after = try query.number("cursor", in: 0...Int64.max) ?? 0
            let limit = Int(try query.number("limit", in: 1...1_000) ?? 100)
            let page = try await bank.audit.rows(
                matching: try AuditFilter(query), after: after, limit: limit, lookingAt: Self.mostLookedAt)
            return try .json(AuditForm(rows: page.entries.map(AuditRowForm.init), next: page.next.map { String($0) }))
        }
        routes.add(.get, "/v1/audit/heads", for: .administrator, .observer, takes: .query) { ask in
            let page = try PageAsk(try ask.query("cursor", "limit"))
            // Their numbers begin with 1 and have no gap; one more than asked for tells whether there is another page.
            let found = try await bank.audit.heads(after: page.cursor, limit: page.limit + 1)
            let heads = Array(found.prefix(page.limit))
            return try .json(AuditHeadsForm(heads: heads, next: found.count > heads.count ? heads.last.map { String($0.number) } : nil))
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

extension AuditFilter {
    /// What a query names.
    fileprivate init(_ query: [String: String]) throws(Problem) {
        self.init(subscriber: try query.subscriber("subscriber"), device: try query.device("device"), since: try query.moment("since"))
        if let text = query["operation"] {
            guard let id = ChallengeID(text: text) else {
                throw Problem(.invalidIdentifier("it has 32 lower-case hexadecimal digits"), at: "operation")
            }
            operation = id
        }
        if let text = query["kind"] {
            guard let named = AuditEvent.Kind(words: text) else {
                throw .invalidRequest("kind has 1 to 64 letters, the first a small one, and spaces or hyphens between them")
            }
            kind = named
        }
        (caller, clerk) = (query["caller"], query["clerk"])
        guard caller.map({ (1...512).contains($0.unicodeScalars.count) && $0.unicodeScalars.allSatisfy { $0.value >= 0x20 } }) ?? true
        else { throw .invalidRequest("caller has 1 to 512 characters, and none of control") }
        guard Requester(caller: "", clerk: clerk) != nil else {
            throw .invalidRequest("clerk has 1 to \(Requester.clerkLimit) printable characters of ASCII, without spaces")
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
    let caller: String?
    let clerk: String?
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
        caller = row.requester?.caller
        clerk = row.requester?.clerk
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
