import ArgumentParser
import Foundation
import Verification

/// `tessera subscriber initial-password`.
struct SubscriberInitialPassword: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "initial-password", abstract: "Make an initial password for the letter; a former one dies.",
        discussion: """
            It works once, in the activation of a device, and opens nothing else. It is
            printed once and stored as a hash.

            \(StoreOptions.besides)

            Examples:
              tessera subscriber initial-password alice --store bank.sqlite
            """)

    @Argument(help: "The user ID.")
    var id: SubscriberID
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let secret = try await store.desk().subscribers.sendInitialPassword(to: id)
        try output.print(SecretReport(secret: secret.reveal(), goodUntil: nil)) { secret.reveal() }
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
            """)

    @Argument(help: "The user ID.")
    var id: SubscriberID
    @Option(help: "The file with the old password.", completion: .file())
    var oldFile: String?
    @Option(help: "The file with the new password.", completion: .file())
    var newFile: String?
    @OptionGroup var store: StoreOptions

    func run() async throws {
        let desk = try await store.desk()
        guard try await desk.subscribers.subscriber(id) != nil else { throw SubscriberError.noSuchSubscriber(id) }
        let old = try await PersonSecret.read(oldFile, "old password", of: id.rawValue)
        let new = try await PersonSecret.read(newFile, "new password", of: id.rawValue)
        try await desk.subscribers.changePassword(of: id, from: old, to: new)
        FileHandle(descriptor: 1).write(line: "changed")
    }
}

/// `tessera subscriber helpdesk-code`.
struct SubscriberHelpdeskCode: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "helpdesk-code", abstract: "Make a code that opens a blocked customer again, for 30 minutes.",
        discussion: """
            \(StoreOptions.besides)

            Examples:
              tessera subscriber helpdesk-code alice --store bank.sqlite
            """)

    @Argument(help: "The user ID.")
    var id: SubscriberID
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let secret = try await store.desk().recovery.helpdeskCode(for: .person(id))
        try output.print(SecretReport(secret: secret.reveal(), goodUntil: Date() + Recovery.helpdeskTime)) { secret.reveal() }
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

    func run() async throws {
        let desk = try await store.desk()
        let code = try await PersonSecret.read(codeFile, "helpdesk code", of: id.rawValue)
        try await desk.recovery.open(.person(id), with: .helpdeskCode(code))
        FileHandle(descriptor: 1).write(line: "\(id) is open again")
    }
}
