import Crypto
import Foundation
import PostgreSQLStore
import Verification

/// This program once more, as one of several that share a server: it is told over a pipe what to do, and says when it is done.
final class SubmittingProcess {
    private static let word = "--submitting"
    private let process = Process()
    private let orders = Pipe()
    private let answers = Pipe()

    /// Starts one; it says `ready`.
    init(at address: String, callers: Int, prefix: String) throws {
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = [Self.word, address, "\(callers)", prefix]
        process.standardInput = orders
        process.standardOutput = answers
        try process.run()
    }

    deinit {
        try? orders.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Sends one line.
    func tell(_ order: String) throws { try orders.fileHandleForWriting.write(contentsOf: Data((order + "\n").utf8)) }

    /// Waits for one line, which has to be this.
    func hear(_ answer: String) throws {
        var line = Data()
        while let byte = try answers.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8) { line += byte }
        guard String(decoding: line, as: UTF8.self) == answer else { throw BenchmarkError("a submitting process did not say \(answer)") }
    }

    /// What a process was started with; `nil` for a run that a person started.
    static func server(in arguments: [String]) -> (address: String, callers: Int, prefix: String)? {
        guard arguments.count == 5, arguments[1] == word, let callers = Int(arguments[3]) else { return nil }
        return (arguments[2], callers, arguments[4])
    }

    /// Does what the lines of standard input say, until it ends.
    static func serve(_ server: (address: String, callers: Int, prefix: String)) async throws {
        // One key in all processes, as a bank's nodes have it.
        let protection = try StoreKeys([SymmetricKey(data: Array(repeating: 0x5A, count: 32))])
        let store = try await PostgreSQLStore.open(at: server.address, mark: .test, protection: protection)
        let workload = try DurableSubmissions(in: store, callers: server.callers, prefix: server.prefix)
        say("ready")
        while let line = readLine() {
            let words = line.split(separator: " ")
            guard words.count == 2, let count = Int(words[1]) else { throw BenchmarkError("what is \"\(line)\"?") }
            if words[0] == "prepare" { try await workload.prepare(count) } else { try await workload.run(count) }
            say("done")
        }
    }

    private static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
