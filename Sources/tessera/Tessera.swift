import ArgumentParser
import DeviceProtocol
import Foundation

/// The program: one file a subcommand, and here what they share at the start and at the end.
@main
struct Tessera: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tessera",
        abstract: "Strong customer authentication with every kind of device.",
        discussion: """
            Examples:
              tessera demo                                  every kind of device logs in and approves a payment
              tessera readers --watch                       readers and cards, as they come and go
              tessera emulate smartcard --vpcd localhost:35963
              tessera card sign --reader "Virtual PCD 00 00" --key signature contract.pdf

            Exit codes: 0 done, 1 refused or wrong, 2 usage, 3 something in the environment is missing.
            """,
        subcommands: [Demo.self, Readers.self, Card.self, Emulate.self, Token.self, Scan.self])

    static func main() async {
        let task = Task { await run() }
        let interrupts = Interrupts { task.cancel() }
        let code = await task.value
        interrupts.end()
        Foundation.exit(code.rawValue)
    }

    private static func run() async -> ProgramExit {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return .done
        } catch {
            return report(error)
        }
    }

    private static func report(_ error: any Error) -> ProgramExit {
        if let code = error as? ExitCode { return ProgramExit(rawValue: code.rawValue) ?? .refused }
        if let failure = Failure(error) {
            failure.print()
            return failure.exit
        }
        let isHelp = Self.exitCode(for: error) == .success
        let message = Self.fullMessage(for: error)
        if !message.isEmpty { FileHandle(descriptor: isHelp ? 1 : 2).write(line: message) }
        return isHelp ? .done : .usage
    }
}

/// What the program tells the shell.
enum ProgramExit: Int32 {
    case done = 0
    /// The person, the device or the bank said no, or something was wrong.
    case refused = 1
    case usage = 2
    /// A reader, a card, the PC/SC daemon, a file is missing.
    case environment = 3
}
