import ArgumentParser
import DeviceProtocol
import Foundation
import Verification

/// What all commands about one device share.
struct DeviceOptions: ParsableArguments {
    @Argument(help: "The device: a serial number, or a card's fingerprint.")
    var device: DeviceID
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    /// Changes the device, and shows it as it is then.
    func run(_ change: (Desk) async throws -> Void) async throws {
        let desk = try await store.desk()
        try await change(desk)
        let report = try await Desk.afterwards { try await self.report(at: desk) }
        try output.print(report) { report.text }
    }

    /// The device as it stands now, with whether its owner is blocked.
    func report(at desk: Desk) async throws -> EnrolmentReport {
        let enrolment = try await desk.enrolment(of: device)
        let owner = try await desk.subscribers.subscriber(enrolment.subscriber)
        return EnrolmentReport(enrolment.settled(at: Date()), of: owner, at: Date())
    }
}

/// `tessera device show`.
struct DeviceShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a device of a customer.",
        discussion: """
            With --history all that it ever was is listed, the latest first: whose, and how
            it ended.

            \(StoreOptions.besides)

            Examples:
              tessera device show TOKEN-1 --store bank.sqlite
              tessera device show TOKEN-1 --history --store bank.sqlite
            """)

    @OptionGroup var device: DeviceOptions
    @Flag(help: "List its former enrolments, too.")
    var history = false

    func run() async throws {
        let desk = try await device.store.desk()
        var report = try await device.report(at: desk)
        if history {
            let id = device.device
            let all = try await desk.store.read { (reader) throws(StoreError) in try reader.formerEnrolments(of: id) }
            report.history = all.map { EnrolmentReport($0.settled(at: Date())) }
        }
        try device.output.print(report) { report.text }
    }
}

/// `tessera device suspend`.
struct DeviceSuspend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suspend", abstract: "Suspend a device at once; its sessions end.",
        discussion: """
            For fraud all sessions and all waiting operations of the customer end, and only
            "tessera device resume" opens the device again.

            \(StoreOptions.besides)

            Examples:
              tessera device suspend TOKEN-1 --by person --store bank.sqlite
              tessera device suspend TOKEN-1 --by fraud --store bank.sqlite
            """)

    @OptionGroup var device: DeviceOptions
    @Option(help: "Who wants it: person, bank, fraud.")
    var by: SuspensionReason

    func run() async throws {
        try await device.run { try await $0.enrolments.suspend(device.device, by: by) }
    }
}

/// `tessera device resume`.
struct DeviceResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Open a device again, for the bank, which has made sure of the customer.",
        discussion: """
            \(StoreOptions.besides)

            Examples:
              tessera device resume TOKEN-1 --store bank.sqlite
            """)

    @OptionGroup var device: DeviceOptions

    func run() async throws { try await device.run { try await $0.enrolments.resume(device.device) } }
}

/// `tessera device helpdesk-code`.
struct DeviceHelpdeskCode: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "helpdesk-code", abstract: "Make a code that re-activates a device, for 30 minutes.",
        discussion: """
            A former code is worth nothing from then on. The digits go to standard output,
            what they are for to standard error.

            \(StoreOptions.besides)

            Examples:
              tessera device helpdesk-code TOKEN-1 --store bank.sqlite
            """)

    @OptionGroup var device: DeviceOptions

    func run() async throws {
        try await HelpdeskCodeReport(for: .device(device.device), at: device.store.desk()).print(to: device.output, device.store)
    }
}

/// `tessera device reactivate`.
struct DeviceReactivate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reactivate", abstract: "Re-activate a device with the letter's or the helpdesk's code.",
        discussion: """
            \(StoreOptions.besides)

            Examples:
              tessera device reactivate TOKEN-1 --challenge-code --store bank.sqlite
              tessera device reactivate TOKEN-1 --code-file code.txt --store bank.sqlite
            """)

    @OptionGroup var device: DeviceOptions
    @Flag(help: "It is the code of the order letter, not the helpdesk's.")
    var challengeCode = false
    @Option(help: "The file with the code.", completion: .file())
    var codeFile: String?

    func run() async throws {
        let code = try await PersonSecret.read(codeFile, challengeCode ? "challenge code" : "helpdesk code", of: device.device.rawValue)
        try await device.run {
            try await $0.recovery.open(.device(device.device), atTheDeskWith: challengeCode ? .challengeCode(code) : .helpdeskCode(code))
        }
    }
}

/// `tessera device revoke`.
struct DeviceRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End a device for good.",
        discussion: """
            \(StoreOptions.besides)

            Examples:
              tessera device revoke TOKEN-1 --store bank.sqlite
            """)

    @OptionGroup var device: DeviceOptions

    func run() async throws { try await device.run { try await $0.enrolments.revoke(device.device) } }
}

/// `tessera device renew`.
struct DeviceRenew: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew", abstract: "Renew a device before its end: three years more.",
        discussion: """
            A card is renewed by a new one: "tessera device register --replaces".

            \(StoreOptions.besides)

            Examples:
              tessera device renew TOKEN-1 --store bank.sqlite
            """)

    @OptionGroup var device: DeviceOptions

    func run() async throws { try await device.run { try await $0.enrolments.renew(device.device) } }
}

/// `tessera device rename`.
struct DeviceRename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Give a device a name, or take it away.",
        discussion: """
            \(StoreOptions.besides)

            Examples:
              tessera device rename TOKEN-1 --name "key ring" --store bank.sqlite
              tessera device rename TOKEN-1 --store bank.sqlite
            """)

    @OptionGroup var device: DeviceOptions
    @Option(help: "1 to 40 characters.")
    var name: String?

    func run() async throws { try await device.run { try await $0.enrolments.rename(device.device, to: name) } }
}

/// `tessera device identify`.
struct DeviceIdentify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "identify", abstract: "Say how the customer was identified for a device.",
        discussion: """
            A certified copy opens the bank's own application only; a branch or video
            opens all.

            \(StoreOptions.besides)

            Examples:
              tessera device identify TOKEN-1 --by video --store bank.sqlite
            """)

    @OptionGroup var device: DeviceOptions
    @Option(help: "How: branch, video, certifiedCopy.")
    var by: Identification

    func run() async throws { try await device.run { try await $0.enrolments.identify(device.device, by: by) } }
}

/// `tessera device link`.
struct DeviceLink: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "link", abstract: "Link a device to an account, which it then opens.",
        discussion: """
            \(StoreOptions.besides)

            Examples:
              tessera device link TOKEN-1 --account A-1 --store bank.sqlite
              tessera device link TOKEN-1 --account A-1 --remove --store bank.sqlite
            """)

    @OptionGroup var device: DeviceOptions
    @Option(help: "The account.")
    var account: AccountID
    @Flag(help: "Unlink it.")
    var remove = false

    func run() async throws {
        try await device.run { try await $0.enrolments.link(device.device, to: account, isLinked: !remove) }
    }
}
