public import ArgumentParser
public import DeviceProtocol
import Foundation
import ISO7816
import Verification

/// `tessera verify log`.
struct VerifyLog: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Print rows of the audit log, the first first; the store's keys are not needed.",
        discussion: """
            Whether the rows are as they were written, "tessera verify audit" tells. Kinds
            are refused, blocked, configuration-changed and the others of Docs/Store.md.
            Rows whose person was erased are found by no name. With --json, "next" is the
            --after of the next page.

            Examples:
              tessera verify log store.sqlite --subscriber alice
              tessera verify log store.sqlite --kind refused --since 2026-11-23T14:00:00Z
              tessera verify log store.sqlite --clerk anna.k
              tessera verify log store.sqlite --device T-1000 --limit 1000 --json
            """)

    @Argument(help: "The file of the store, or its postgresql:// address.")
    var store: String
    @Option(help: "Only rows about this customer, whatever the device.")
    var subscriber: SubscriberID?
    @Option(help: "Only rows about this device.")
    var device: DeviceID?
    @Option(help: "Only rows about this operation: 32 hexadecimal digits.")
    var operation: ChallengeID?
    @Option(help: "Only rows of this kind.")
    var kind: String?
    @Option(help: "Only what this caller asked for: \"token core\", \"uid 1000\".")
    var caller: String?
    @Option(help: "Only what was asked for on behalf of this clerk.")
    var clerk: String?
    @Option(help: "Only rows from this day or moment on, in UTC.")
    var since: Moment?
    @OptionGroup var page: PageOptions
    @Option(help: "Where the page before ended: a row's number.")
    var after: Int64 = 0
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard after >= 0 else { throw ValidationError("Rows are numbered from 1 on.") }
        if let kind, AuditEvent.Kind(words: kind) == nil { throw ValidationError("No kind of row is called \"\(kind)\".") }
        guard caller != "" else { throw ValidationError("A caller has a name.") }
        guard Requester(caller: "", clerk: clerk) != nil else {
            throw ValidationError("A clerk has 1 to \(Requester.clerkLimit) printable characters of ASCII, without spaces.")
        }
    }

    func run() async throws {
        let log = AuditLog(store: try await StorePlace(store).openForAudit(isReadOnly: true))
        let report = Report(try await found(in: log))
        try output.print(report) {
            var table = Table(header: ["row", "time", "kind", "user ID", "device", "operation", "detail", "caller", "clerk"], numbers: [0])
            table.rows = report.rows.map {
                let person = $0.isErased ? "(erased)" : $0.subscriber ?? ""
                return [
                    "\($0.number)", $0.at.formatted(.iso8601), $0.kind, person, $0.device ?? "", $0.operation ?? "", $0.detail,
                    $0.caller?.printable ?? "", $0.clerk?.printable ?? "",
                ]
            }
            return PageOptions.text(table, next: report.next.map { "\($0)" })
        }
    }

    private func found(in log: AuditLog) async throws -> ListPage<AuditRow, Int64> {
        let progress = output.json ? nil : ProgressLine()
        defer { progress?.end() }
        let filter = AuditFilter(
            subscriber: subscriber, device: device, operation: operation, kind: kind.flatMap(AuditEvent.Kind.init(words:)),
            caller: caller, clerk: clerk, since: since?.date)
        return try await log.rows(matching: filter, after: after, limit: page.limit) { progress?.draw("row \($0)") }
    }

    private struct Report: Encodable {
        let rows: [AuditRowReport]
        let next: Int64?

        init(_ page: ListPage<AuditRow, Int64>) {
            rows = page.entries.map { AuditRowReport($0, tellsWhoAsked: true) }
            next = page.next
        }
    }
}

extension ChallengeID: ExpressibleByArgument {
    /// Reads 32 hexadecimal digits.
    public init?(argument: String) {
        guard let bytes = [UInt8](hexadecimal: argument), let id = try? ChallengeID(bytes) else { return nil }
        self = id
    }
}
