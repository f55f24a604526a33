import ArgumentParser
import Foundation
import Verification

/// `tessera subscriber list`.
struct SubscriberList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the customers of a store by their user IDs: who is blocked, who has a password.",
        discussion: """
            --blocked looks at all customers, because that is sealed. With --json, "next"
            is the --after of the next page.

            \(StoreOptions.besides)

            Examples:
              tessera subscriber list --store bank.sqlite
              tessera subscriber list --prefix ann --store bank.sqlite
              tessera subscriber list --blocked --store bank.sqlite --json
            """)

    @Flag(help: "Only those who are blocked now.")
    var blocked = false
    @Option(help: "Only those whose user IDs begin so.")
    var prefix: SubscriberID?
    @OptionGroup var page: PageOptions
    @Option(help: "Where the page before ended: a user ID.")
    var after: SubscriberID?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let desk = try await store.desk()
        let report = Report(try await found(at: desk), at: Date())
        try output.print(report) {
            var table = Table(header: ["user ID", "password", "wrong answers", "blocked"], numbers: [2])
            table.rows = report.subscribers.map {
                let block = !$0.isBlocked ? "no" : $0.blockedUntil.map { "until \($0.formatted(.iso8601))" } ?? "for good"
                return [$0.id, $0.hasPassword ? "chosen" : "none", "\($0.wrongAnswers)", block]
            }
            return PageOptions.text(table, next: report.next)
        }
    }

    private func found(at desk: Desk) async throws -> ListPage<Subscriber, SubscriberID> {
        let progress = output.json ? nil : ProgressLine()
        defer { progress?.end() }
        let filter = SubscriberFilter(prefix: prefix?.rawValue ?? "", isBlocked: blocked ? true : nil)
        return try await desk.subscribers.subscribers(after: after, limit: page.limit, matching: filter) {
            progress?.draw("\($0) customers looked at")
        }
    }

    private struct Report: Encodable {
        let subscribers: [Row]
        let next: String?

        init(_ page: ListPage<Subscriber, SubscriberID>, at now: Date) {
            subscribers = page.entries.map { Row($0, at: now) }
            next = page.next?.rawValue
        }
    }

    private struct Row: Encodable {
        let id: String
        let hasPassword: Bool
        let wrongAnswers: Int
        let isBlocked: Bool
        let blockedUntil: Date?

        init(_ subscriber: Subscriber, at now: Date) {
            id = subscriber.id.rawValue
            hasPassword = subscriber.record.password != nil
            wrongAnswers = subscriber.failures
            isBlocked = subscriber.isBlocked(at: now)
            blockedUntil = subscriber.blockedUntil(at: now)
        }
    }
}
