import ArgumentParser
import DeviceProtocol
import Foundation
import Synchronization
import Verification

/// The program: one file a subcommand, and here what they share at the start and at the end.
@main
struct Tessera: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tessera",
        abstract: "Strong customer authentication with every kind of device.",
        discussion: """
            Examples:
              tessera demo
              tessera doctor
              tessera readers --watch
              tessera emulate smartcard --vpcd localhost:35963
              tessera card sign --reader "Virtual PCD 00 00" contract.pdf

            Exit codes:
              0    done; also when Ctrl-C ends what has no other end
              1    refused or wrong: by the person, the device or the bank
              2    usage
              3    something in the environment is missing
              130  broken off with Ctrl-C; after another signal 128 and its number
            """,
        version: "tessera 0.1.0-dev",
        subcommands: [
            Demo.self, Serve.self, Doctor.self, Readers.self, AttachedDevices.self, Card.self, Emulate.self, Token.self, OTP.self,
            PSKCCommand.self,
            Scan.self, Mobile.self, SubscriberCommand.self, DeviceCommand.self, Verify.self,
        ])

    static func main() async {
        openClosedDescriptors()
        if let number = unreadableArgument() {
            Failure("argument \(number) is not in UTF-8", hint: "write it in UTF-8; nothing was done", exit: .usage).print()
            Foundation.exit(ProgramExit.usage.rawValue)
        }
        // First, so that whatever the program says or makes is a sign that it can be broken off.
        let interrupts = Interrupts()
        let task = Task { await run() }
        interrupts.cancel(task)
        let (code, failure) = await task.value
        let signal = interrupts.signal
        if Interrupts.isOutputBroken, signal == nil {
            // That was told already; what is told beside it is a verdict, not that the work was broken off.
            if let failure, failure != Failure(CancellationError()) { failure.print() }
            Foundation.exit(ProgramExit.environment.rawValue)
        }
        guard code != .done || signal == SIGPIPE || Interrupts.isOutputBroken else { Foundation.exit(code.rawValue) }
        // Who hung up does not want to know what it broke off.
        if let failure, signal != SIGHUP, signal != SIGPIPE { failure.print() }
        Foundation.exit(signal.map { 128 + $0 } ?? code.rawValue)
    }

    /// Gives the three standard descriptors to `/dev/null` where whoever started the program closed them.
    ///
    /// Otherwise the next thing that is opened takes their place, and is read from or written to as if it were them.
    private static func openClosedDescriptors() {
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) < 0 {
            if descriptor == 1 { outputWasClosed.withLock { $0 = true } }
            _ = unsafe open("/dev/null", O_RDWR)
        }
    }

    private static let outputWasClosed = Mutex(false)

    /// Refuses, before it is made, what is printed once and known to nobody afterwards, where standard output was closed at the start.
    ///
    /// - Throws: ``Failure``.
    static func requireOutput() throws(Failure) {
        guard outputWasClosed.withLock({ $0 }) else { return }
        throw Failure(
            "standard output is closed, and what is made now is printed once", hint: "leave >&- out, or write it to a file: > FILE",
            exit: .usage)
    }

    /// The number of the first argument that is no text: Swift would make another one of it, such as another payee.
    private static func unreadableArgument() -> Int? {
        (1..<max(1, Int(CommandLine.argc))).first { number in
            unsafe CommandLine.unsafeArgv[number].map { unsafe String(validatingCString: $0) == nil } ?? false
        }
    }

    private static func run() async -> (ProgramExit, Failure?) {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                // What a daemon does by itself nobody asked for.
                let requester = command is Serve || command is Demo ? nil : Requester()
                try await Requester.$current.withValue(requester) { try await asynchronous.run() }
            } else {
                try command.run()
            }
            return (.done, nil)
        } catch {
            return report(error)
        }
    }

    private static func report(_ error: any Error) -> (ProgramExit, Failure?) {
        if let code = error as? ExitCode { return (ProgramExit(rawValue: code.rawValue) ?? .refused, nil) }
        let parserExit = Self.exitCode(for: error)
        if parserExit == .success || parserExit == .validationFailure {
            let isHelp = parserExit == .success
            let message = Self.fullMessage(for: error)
            if !message.isEmpty { FileHandle(descriptor: isHelp ? 1 : 2).write(line: message) }
            return (isHelp ? .done : .usage, nil)
        }
        let failure = Failure(error)
        return (failure.exit, failure)
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
