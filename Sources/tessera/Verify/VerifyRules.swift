import ArgumentParser
import DeviceProtocol
import Foundation
import Verification

/// `tessera verify rules`.
struct VerifyRules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Check a file of signature rules, and say who must sign what.",
        discussion: """
            Docs/Operations.md shows such a file. What nobody could fulfil, what two rules
            claim, and members that rules do not have are refused, and nothing is printed.

            Examples:
              tessera verify rules rules.json
              tessera verify rules rules.json --json
            """)

    @Argument(help: "The file with the rules, in JSON; - for standard input.", completion: .file())
    var file: String
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let rules = try RulesFile.read(file)
        let reports = rules.all.map(Report.init)
        try output.print(reports) { reports.isEmpty ? "no rules: everybody signs alone what they ask for" : Self.text(reports) }
    }

    private static func text(_ reports: [Report]) -> String {
        var lines: [String] = []
        var accounts: [String] = []
        for report in reports where !accounts.contains(report.account) { accounts.append(report.account) }
        for account in accounts {
            let own = reports.filter { $0.account == account }
            lines.append(account)
            for report in own { lines += ["  \(report.name.printable): \(report.amounts)"] + report.who.map { "    \($0.printable)" } }
            if own.allSatisfy({ $0.band != nil }) { lines.append("  all else is refused: no rule without a band covers it") }
        }
        return lines.joined(separator: "\n")
    }

    private struct Report: Encodable {
        struct Band: Encodable {
            let currency: String
            let above: String
            let upTo: String?
        }

        struct Signer: Encodable {
            let subscriber: String
            let role: String
        }

        struct Group: Encodable {
            let count: Int
            let of: [String]
        }

        let name: String
        let account: String
        let band: Band?
        let signatures: Int
        let signers: [Signer]
        let atLeast: [Group]

        init(_ rule: SignatureRule) {
            name = rule.name
            account = rule.account.grouped
            band = rule.band.map { band in
                func text(_ units: Int64) -> String { (try? Amount(minorUnits: units, currency: band.currency))?.description ?? "0" }
                return Band(currency: band.currency.code, above: text(band.above), upTo: band.upTo.map(text))
            }
            signatures = rule.signatures
            signers = rule.signers.map { Signer(subscriber: $0.subscriber.rawValue, role: $0.role) }
            atLeast = rule.groups.map { Group(count: $0.count, of: $0.members.map(\.rawValue).sorted()) }
        }

        var amounts: String {
            guard let band else { return "whatever no other rule covers, and new beneficiaries" }
            return "above \(band.above)" + (band.upTo.map { " up to \($0)" } ?? "") + (band.above == "0" ? " \(band.currency)" : "")
        }

        var who: [String] {
            let people = signers.map { "\($0.subscriber) (\($0.role))" }.joined(separator: ", ")
            return ["\(signatures) of \(signers.count): \(people)"]
                + atLeast.map { "at least \($0.count) of them: \($0.of.joined(separator: ", "))" }
        }
    }
}
