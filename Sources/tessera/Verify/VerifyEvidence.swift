import ArgumentParser
import DeviceProtocol
import Foundation
import Verification

/// `tessera verify evidence`.
struct VerifyEvidence: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence", abstract: "Write what one operation proves into files that others can check with openssl alone.",
        discussion: """
            For a card, a stick, an identity card, or a phone that answered online: what
            was asked, the bytes that were signed, the signature and the certificate, with
            the commands that check them (CHECK.txt). A code can be checked by nobody but
            the bank: then there is what was asked, and what the code is bound to.

            The files hold what the person was shown: hand them to nobody else. Nothing is
            changed in the store. Its keys are needed for a signature's certificate. Ends
            with 1 when the signature does not hold, or the challenge is another one.

            Examples:
              tessera verify evidence bank.sqlite 64e1f00bca7a5a1be0d3c1a54bb0d4f7 \\
                --output case-17 --keys store.keys
            """)

    @Argument(help: "The file of the store, or its postgresql:// address.")
    var store: String
    @Argument(help: "The operation's id, 32 hexadecimal digits.")
    var operation: ChallengeID
    @Option(name: .customLong("output"), help: "A new folder, or an empty one.", completion: .directory)
    var folder: String
    @OptionGroup var keys: StoreKeyOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let folder = try NewFolder(folder)
        let store = try await StorePlace(store).openForAudit(isReadOnly: true, protection: keys.protection())
        let dossier = try await read(from: store)
        let report = EvidenceReport(dossier)
        let files = EvidenceFiles(dossier, json: try OutputOptions.json(report)).all
        try folder.write(files.map { ($0.name, $0.bytes) })
        try output.print(report) { text(of: report, files) }
        if !report.holds { throw ExitCode(ProgramExit.refused.rawValue) }
    }

    private func read(from store: any Store) async throws -> EvidenceDossier {
        let progress = output.json ? nil : ProgressLine()
        defer { progress?.end() }
        return try await EvidenceDossier(of: operation, in: store, at: Date()) { progress?.draw("row \($0)") }
    }

    private func text(of report: EvidenceReport, _ files: [EvidenceFiles.File]) -> String {
        var lines = ["evidence of the operation \(operation) in \(folder):", EvidenceFiles.list(files)]
        if let signature = report.signature {
            let signer = signature.certificate.map { "the certificate of \($0.subject)" } ?? "the phone's key, as it was paired"
            lines.append(
                signature.algorithm.map { "✔ signature holds under \(signer): \($0)" } ?? "✘ signature does not hold under \(signer)")
        } else {
            lines.append("no signature: \(report.proof)")
        }
        if !report.challengeIsAsAccepted { lines.append("✘ the challenge is not the one that was accepted: its digest is another") }
        return lines.map(\.printableLines).joined(separator: "\n")
    }
}

extension String {
    /// The same lines, each without what steers a terminal: certificates name themselves.
    fileprivate var printableLines: String { split(separator: "\n").map { String($0).printable }.joined(separator: "\n") }
}
