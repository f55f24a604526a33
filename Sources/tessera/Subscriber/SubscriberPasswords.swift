import ArgumentParser
import Foundation
import Verification

/// `tessera subscriber initial-password`.
struct SubscriberInitialPassword: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "initial-password", abstract: "Make an initial password for the letter; a former one dies.",
        discussion: """
            It works once, in the activation of a device, and opens nothing else; who has
            chosen a password gets none. It is printed once, and stored as a hash: alone on
            standard output, and whose it is on standard error.

            \(StoreOptions.besides)

            Examples:
              tessera subscriber initial-password alice --store bank.sqlite
            """)

    @Argument(help: "The user ID.")
    var id: SubscriberID
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try Tessera.requireOutput()
        let secret = try await store.desk().subscribers.sendInitialPassword(to: id)
        if !output.json { FileHandle(descriptor: 2).write(line: "tessera: the initial password of \(id), for the letter:") }
        try output.print(SecretReport(secret: secret.reveal())) { secret.reveal() }
    }
}

/// `tessera subscriber change-password`.
struct SubscriberChangePassword: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "change-password", abstract: "Change a password; the old one is needed, and a wrong one counts.",
        discussion: """
            A password has 6 to 10 characters, with capital and small letters, digits and
            special characters. Without files both are asked for.

            \(StoreOptions.besides)

            Examples:
              tessera subscriber change-password alice --store bank.sqlite
              tessera subscriber change-password alice --store bank.sqlite --json
            """)

    @Argument(help: "The user ID.")
    var id: SubscriberID
    @Option(help: "The file with the old password.", completion: .file())
    var oldFile: String?
    @Option(help: "The file with the new password.", completion: .file())
    var newFile: String?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let desk = try await store.desk()
        guard try await desk.subscribers.subscriber(id) != nil else { throw SubscriberError.noSuchSubscriber(id) }
        let old = try await PersonSecret.read(oldFile, "old password", of: id.rawValue, option: "--old-file")
        let new = try await PersonSecret.read(newFile, "new password", of: id.rawValue, option: "--new-file")
        try await desk.subscribers.changePassword(of: id, from: old, to: new)
        let report = try await Desk.afterwards { [id] in try await desk.report(of: id) }
        try output.print(report) { "changed" }
    }
}

/// `tessera subscriber helpdesk-code`.
struct SubscriberHelpdeskCode: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "helpdesk-code", abstract: "Make a code that opens a blocked customer again, for 30 minutes.",
        discussion: """
            A former code is worth nothing from then on. The digits go to standard output,
            what they are for to standard error.

            \(StoreOptions.besides)

            Examples:
              tessera subscriber helpdesk-code alice --store bank.sqlite
            """)

    @Argument(help: "The user ID.")
    var id: SubscriberID
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await HelpdeskCodeReport(for: .person(id), at: store.desk()).print(to: output, store)
    }
}

/// `tessera subscriber unblock`.
struct SubscriberUnblock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unblock", abstract: "Open a blocked customer again, with the helpdesk's code.",
        discussion: """
            \(StoreOptions.besides)

            Examples:
              tessera subscriber unblock alice --store bank.sqlite
              tessera subscriber unblock alice --store bank.sqlite --code-file code.txt
            """)

    @Argument(help: "The user ID.")
    var id: SubscriberID
    @Option(help: "The file with the code.", completion: .file())
    var codeFile: String?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let desk = try await store.desk()
        let code = try await PersonSecret.read(codeFile, "helpdesk code", of: id.rawValue)
        try await desk.recovery.open(.person(id), atTheDeskWith: .helpdeskCode(code))
        let report = try await Desk.afterwards { [id] in try await desk.report(of: id) }
        try output.print(report) { "\(id) is open again" }
    }
}
