import ArgumentParser
import DeviceProtocol
import Foundation
import Verification

/// `tessera subscriber`: the customers of a store.
struct SubscriberCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscriber", abstract: "Create customers, look after their passwords, open them again.",
        discussion: """
            Passwords and codes are typed, or stand in a file; they are never arguments.

            \(StoreOptions.besides)

            Examples:
              tessera subscriber create alice --store bank.sqlite
              tessera subscriber initial-password alice --store bank.sqlite
              tessera subscriber show alice --store bank.sqlite --json
            """,
        subcommands: [
            SubscriberCreate.self, SubscriberShow.self, SubscriberList.self, SubscriberInitialPassword.self, SubscriberChangePassword.self,
            SubscriberHelpdeskCode.self, SubscriberUnblock.self, SubscriberNotices.self, SubscriberTransactions.self,
            SubscriberOperations.self, SubscriberImage.self, SubscriberChooseImage.self, SubscriberTiming.self,
        ])
}

/// `tessera subscriber create`.
struct SubscriberCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create a customer without a password.",
        discussion: """
            \(StoreOptions.besides)

            Examples:
              tessera subscriber create alice --store bank.sqlite
            """)

    @Argument(help: "The user ID: 1 to 64 printable ASCII characters without spaces.")
    var id: SubscriberID
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let desk = try await store.desk(makesStore: true)
        let subscriber = try await desk.subscribers.create(id)
        let report = SubscriberReport(subscriber, enrolments: [], orders: [], at: Date())
        try output.print(report) {
            "created \(id)\nNext: tessera device order smartcard --for \(id) --identification branch \(store.words)"
        }
    }
}

/// `tessera subscriber show`.
struct SubscriberShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a customer: what they have, and what is blocked.",
        discussion: """
            \(StoreOptions.besides)

            Examples:
              tessera subscriber show alice --store bank.sqlite
              tessera subscriber show alice --store bank.sqlite --json
            """)

    @Argument(help: "The user ID.")
    var id: SubscriberID
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let desk = try await store.desk()
        let report = try await desk.report(of: id)
        try output.print(report) { report.text }
    }
}

/// `tessera subscriber notices`.
struct SubscriberNotices: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notices", abstract: "List what a customer has to be told, out of band.",
        discussion: """
            \(StoreOptions.besides)

            Examples:
              tessera subscriber notices alice --store bank.sqlite
            """)

    @Argument(help: "The user ID.")
    var id: SubscriberID
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let desk = try await store.desk()
        guard try await desk.subscribers.subscriber(id) != nil else { throw SubscriberError.noSuchSubscriber(id) }
        let rows = try await desk.subscribers.notices(of: id).map(Row.init)
        try output.print(rows) {
            rows.isEmpty ? "Nothing." : rows.map { "\($0.at.formatted(.iso8601))  \($0.text.printable)" }.joined(separator: "\n")
        }
    }

    private struct Row: Encodable {
        let at: Date
        let device: String?
        let text: String

        init(_ notice: Notice) {
            at = notice.at
            device = notice.device?.rawValue
            text = notice.description
        }
    }
}
