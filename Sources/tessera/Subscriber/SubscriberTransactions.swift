public import ArgumentParser
import DeviceProtocol
import Foundation
public import Verification

/// `tessera subscriber transactions`.
struct SubscriberTransactions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transactions", abstract: "List what a customer asked for or may sign, with its state, the newest first.",
        discussion: """
            After a broken line the list tells what was recorded. With --json, "next" is
            the --after of the next page.

            \(StoreOptions.besides)

            Examples:
              tessera subscriber transactions alice --store bank.sqlite
              tessera subscriber transactions alice --state toBeSigned --store bank --json
            """)

    @Argument(help: "The user ID.")
    var id: SubscriberID
    @Option(help: "Only those: toBeSigned, submitted, withdrawn, replaced, expired.")
    var state: Transaction.State.Name?
    @Option(help: "How many, 1 to 100.")
    var limit = 20
    @Option(help: "Where the page before ended.")
    var after: Int64?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...Transactions.pageLimit).contains(limit) else {
            throw ValidationError("A page has 1 to \(Transactions.pageLimit) transactions, not \(limit).")
        }
    }

    func run() async throws {
        let desk = try await store.desk()
        let page = try await Transactions(desk.operations).transactions(
            of: id, in: state, after: after, limit: limit)
        let report = Report(page)
        // Who only proposes may be unknown otherwise.
        if page.entries.isEmpty, try await desk.subscribers.subscriber(id) == nil { throw SubscriberError.noSuchSubscriber(id) }
        try output.print(report) {
            var table = Table(header: ["transaction", "state", "signed", "may sign", "what", "until"])
            table.rows = report.transactions.map {
                [
                    $0.id, $0.state, "\($0.signed.count) of \($0.signatures)", $0.awaited.joined(separator: ", "), $0.text,
                    $0.expiresAt.formatted(.iso8601),
                ]
            }
            return PageOptions.text(table, next: report.next.map { "\($0)" })
        }
    }

    private struct Report: Encodable {
        let transactions: [Row]
        let next: Int64?

        init(_ page: ListPage<Transaction, Int64>) {
            transactions = page.entries.map(Row.init)
            next = page.next
        }
    }

    private struct Row: Encodable {
        struct Signature: Encodable {
            let subscriber: String
            let at: Date?
            let operation: String
        }

        let id: String
        let state: String
        let account: String
        let rule: String
        let summary: Summary
        let signatures: Int
        let signed: [Signature]
        let awaited: [String]
        let expiresAt: Date
        let submittedAt: Date?
        let replaces: String?
        let replacedBy: String?

        init(_ transaction: Transaction) {
            id = "\(transaction.id)"
            state = transaction.state.name.rawValue
            account = transaction.rule.account.grouped
            rule = transaction.rule.name
            summary = transaction.draft.summary
            signatures = transaction.rule.signatures
            signed = transaction.signatures.map {
                Signature(subscriber: $0.signer.rawValue, at: $0.signedAt, operation: "\($0.operation)")
            }
            awaited = transaction.awaited.map { $0.subscriber.rawValue }
            expiresAt = transaction.expiresAt
            if case .submitted(let date) = transaction.state { submittedAt = date } else { submittedAt = nil }
            replaces = transaction.replaces.map { "\($0)" }
            if case .replaced(let other) = transaction.state { replacedBy = "\(other)" } else { replacedBy = nil }
        }

        /// What is paid, on one line.
        var text: String { ([summary.title] + summary.lines.map(\.text)).joined(separator: " ") }
    }
}

extension Transaction.State.Name: ExpressibleByArgument {}
