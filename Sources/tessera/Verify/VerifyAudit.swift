import ArgumentParser
import Crypto
import Foundation
import Verification

/// `tessera verify audit`.
struct VerifyAudit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Find out whether the audit log is as it was written.",
        discussion: """
            Single changes are found by the log's own hashes. A log that was written anew
            is found by the heads that --key signed; a tail that was cut, together with
            its heads, by those that were kept elsewhere (--heads). Ends with 1 when
            something is wrong, and with 0 when rows are merely not anchored yet.

            Examples:
              tessera verify audit store.sqlite
              tessera verify audit store.sqlite --key audit-public.pem
              tessera verify audit store.sqlite --key audit-public.pem \\
                --heads heads.json --json
            """)

    @Argument(help: "The file of the store, or its postgresql:// address.")
    var store: String
    @Option(help: "Whose heads count: an Ed25519 key in PEM, public or private; may be repeated.")
    var key: [String] = []
    @Option(help: "Heads that were kept elsewhere, as \"tessera verify anchor\" wrote them.")
    var heads: String?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard heads == nil || !key.isEmpty else { throw ValidationError("Name the --key that signed the heads.") }
    }

    func run() async throws {
        var keys: [Curve25519.Signing.PublicKey] = []
        for name in key { keys.append(try AuditKey.publicKey(pem: String(decoding: InputFile.read(name), as: UTF8.self))) }
        var exported: [AuditHead] = []
        if let heads {
            exported = try HeadsReader.all(of: heads)
            guard !exported.isEmpty else {
                throw Failure(
                    "\"\(heads)\" holds no head: whether a tail was cut cannot be told",
                    hint: "name the file that \"tessera verify anchor\" wrote", exit: .usage)
            }
        }
        let log = AuditLog(store: try await StorePlace(store).openForAudit(isReadOnly: true))
        let progress = output.json ? nil : ProgressLine()
        let report = try await log.check(keys: keys, exported: exported) { progress?.draw("\($0) rows checked") }
        progress?.end()
        let compared = exported.count
        try output.print(Answer(report, compared: compared)) { Self.text(of: report, hasKey: !keys.isEmpty, compared: compared) }
        if !report.isIntact { throw ExitCode(ProgramExit.refused.rawValue) }
    }

    private static func text(of report: AuditReport, hasKey: Bool, compared: Int) -> String {
        var lines = report.findings.map { "✘ \($0)" }
        lines.append(report.isIntact ? "✔ \(report.rows) rows, each behind the one before it" : "\(report.rows) rows")
        if report.anchored > 0 { lines.append("  anchored by a signed head through row \(report.anchored)") }
        if compared > 0 {
            lines.append("  compared with \(compared == 1 ? "1 head that was" : "\(compared) heads that were") kept elsewhere")
        }
        if let row = report.unanchoredSince {
            lines.append("  unanchored since row \(row)" + (hasKey ? ": sign a head with \"tessera verify anchor\"" : ": name --key"))
        }
        if !report.isIntact { lines.append("stop, keep a copy of the store, and compare it with the last backup") }
        return lines.joined(separator: "\n")
    }

    private struct Answer: Encodable {
        struct Finding: Encodable {
            let row: Int64
            let finding: String
        }

        let intact: Bool
        let rows: Int64
        let anchored: Int64
        let unanchoredSince: Int64?
        let headsCompared: Int
        let findings: [Finding]

        init(_ report: AuditReport, compared: Int) {
            headsCompared = compared
            intact = report.isIntact
            rows = report.rows
            anchored = report.anchored
            unanchoredSince = report.unanchoredSince
            findings = report.findings.map { Finding(row: $0.row, finding: $0.description) }
        }
    }
}
