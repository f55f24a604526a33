import Foundation
import TestSupport

/// A program in the middle of its work: what it has written so far, keys typed, signals sent.
final class RunningProgram {
    private let process = Process()
    private let input = Pipe()
    private let folder: Folder
    private let ended: AsyncStream<Void>

    /// Starts the program itself.
    convenience init(_ arguments: String..., environment: [String: String] = [:]) throws {
        try self.init(executable: Program.path, arguments, environment: environment)
    }

    /// Starts a line of shell on a terminal of its own, whose keyboard is ``type(_:)``.
    ///
    /// The shell is bash: after Ctrl-C that the program itself has handled, dash does not go on with the line.
    static func onTerminal(_ line: String, environment: [String: String] = [:]) throws -> RunningProgram {
        let environment = environment.merging(["SHELL": "/bin/bash"]) { $1 }
        return try RunningProgram(executable: "/usr/bin/script", ["-qec", line, "/dev/null"], environment: environment)
    }

    /// Starts a line of shell.
    static func shell(_ line: String) throws -> RunningProgram {
        try RunningProgram(executable: "/bin/sh", ["-c", line], environment: [:])
    }

    convenience init(_ arguments: [String], environment: [String: String] = [:]) throws {
        try self.init(executable: Program.path, arguments, environment: environment)
    }

    private init(executable: String, _ arguments: [String], environment: [String: String]) throws {
        // A program that has ended must not take this process with it when it is typed to.
        signal(SIGPIPE, SIG_IGN)
        let folder = try Folder()
        self.folder = folder
        for name in ["out", "err"] { try folder.write("", to: name) }
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(Program.environment) { $1 }.merging(environment) { $1 }
        process.standardInput = input
        let handles = try ["out", "err"].map { try FileHandle(forWritingTo: folder.url.appending(path: $0)) }
        defer { for handle in handles { try? handle.close() } }
        process.standardOutput = handles[0]
        process.standardError = handles[1]
        let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
        self.ended = ended
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
    }

    deinit {
        hangUp()
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    var output: String { (try? String(contentsOfFile: folder.path("out"), encoding: .utf8)) ?? "" }
    var errors: String { (try? String(contentsOfFile: folder.path("err"), encoding: .utf8)) ?? "" }

    /// Waits until it has written `text`, to standard output or standard error.
    func says(_ text: String) async -> Bool { await eventually { output.contains(text) || errors.contains(text) } }

    func type(_ text: String) { try? input.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }

    /// What the end of a pipe or Ctrl-D is.
    func hangUp() { try? input.fileHandleForWriting.close() }

    /// Its process id.
    var identifier: Int32 { process.processIdentifier }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Whether the program itself decides what a signal does; `nil` once it is gone.
    func catches(_ signal: Int32) -> Bool? {
        guard let status = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("SigCgt:") }),
            let caught = line.split(separator: "\t").last.flatMap({ UInt64($0, radix: 16) })
        else { return nil }
        return caught >> UInt64(signal - 1) & 1 == 1
    }

    /// Waits until it does.
    func handles(_ signal: Int32) async -> Bool { await eventually { catches(signal) == true } }

    /// Waits until it has ended; one that does not end is killed, with status 137.
    func end() async throws -> ChildProgram.Outcome {
        let identifier = process.processIdentifier
        let timer = Task {
            guard (try? await Task.sleep(for: .seconds(60))) != nil else { return }
            kill(identifier, SIGKILL)
        }
        for await _ in ended {}
        timer.cancel()
        return ChildProgram.Outcome(
            status: process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus,
            output: try folder.read("out"), errors: try folder.read("err"))
    }
}
