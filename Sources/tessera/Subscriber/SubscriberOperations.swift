public import ArgumentParser
import Crypto
import DeviceProtocol
import Foundation
public import Verification

/// `tessera subscriber operations`.
struct SubscriberOperations: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operations", abstract: "List what a customer was asked to answer, and what became of it, the newest first.",
        discussion: """
            Which part of a refused answer was wrong is kept nowhere; "tessera verify log"
            tells the rest: --operation finds the rows about one. With --json there is also
            what was shown, and "next" is the --after of the next page.

            \(StoreOptions.besides)

            Examples:
              tessera subscriber operations alice --store bank.sqlite
              tessera subscriber operations alice --state refused --store bank --json
            """)

    @Argument(help: "The user ID.")
    var id: SubscriberID
    @Option(help: "Only those that stand or ended so.")
    var state: Verification.Operation.State.Name?
    @OptionGroup var page: PageOptions
    @Option(help: "Where the page before ended.")
    var after: Int64?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let desk = try await store.desk()
        let report = Report(try await desk.operations.operations(of: id, in: state, after: after, limit: page.limit))
        // Who was enrolled in Swift may have devices without being a customer.
        if report.operations.isEmpty, try await desk.subscribers.subscriber(id) == nil { throw SubscriberError.noSuchSubscriber(id) }
        try output.print(report) {
            var table = Table(header: ["begun", "kind", "device", "state", "operation", "digest"])
            table.rows = report.operations.map {
                [$0.begunAt.formatted(.iso8601), $0.kind, $0.device, $0.stateText, $0.id, $0.digest]
            }
            return PageOptions.text(table, next: report.next.map { "\($0)" })
        }
    }

    private struct Report: Encodable {
        let operations: [Row]
        let next: Int64?

        init(_ page: ListPage<Verification.Operation, Int64>) {
            operations = page.entries.map(Row.init)
            next = page.next
        }
    }

    private struct Row: Encodable {
        let id: String
        let kind: String
        let device: String
        let enrolment: String
        let begunAt: Date
        let expiresAt: Date
        let state: String
        let failure: String?
        let acceptedAt: Date?
        /// SHA-256 of the challenge, as the audit log has it.
        let digest: String
        let summary: Summary

        init(_ operation: Verification.Operation) {
            id = "\(operation.id)"
            kind = operation.challenge.content.kindName
            device = operation.device.rawValue
            enrolment = operation.enrolment.rawValue
            begunAt = operation.challenge.issuedAt
            expiresAt = operation.challenge.expiresAt
            state = operation.state.name.rawValue
            switch operation.outcome {
            case .failed(let its)?, .cancelled(let its?)?: failure = its.code
            default: failure = nil
            }
            if case .succeeded(let evidence)? = operation.outcome { acceptedAt = evidence.acceptedAt } else { acceptedAt = nil }
            digest = SHA256.hash(data: operation.challenge.der).lowercaseHexadecimal
            summary = operation.challenge.summary
        }

        /// The state, and how the device failed or its person broke off.
        var stateText: String { state + (failure.map { " (\($0))" } ?? "") }
    }
}

extension Verification.Operation.State.Name: ExpressibleByArgument {}
