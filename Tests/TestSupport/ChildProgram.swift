public import Foundation
import Synchronization

/// Other people's programs, run as judges.
public enum ChildProgram {
    /// How a program ended and what it wrote.
    public struct Outcome: Sendable {
        /// The exit status; for one that a signal ended, 128 and the signal.
        public let status: Int32
        /// What it wrote to its standard output.
        public let output: Data
        /// What it wrote to its standard error.
        public let errors: Data

        /// An outcome that was waited for elsewhere.
        public init(status: Int32, output: Data, errors: Data) {
            (self.status, self.output, self.errors) = (status, output, errors)
        }

        /// The standard output as text.
        public var text: String { String(decoding: output, as: UTF8.self) }
        /// The standard error as text.
        public var complaints: String { String(decoding: errors, as: UTF8.self) }
    }

    /// Runs a program to its end, in this process's environment.
    ///
    /// Input and output go through files, so no pipe can fill up.
    ///
    /// - Parameters:
    ///   - program: a path, or a name that is looked for in `PATH` and `/usr/sbin`.
    ///   - limit: how long it may take before it is killed.
    /// - Throws: ``ChildProgramError``.
    public static func run(
        _ program: String, _ arguments: [String] = [], input: Data = Data(), environment: [String: String] = [:],
        within limit: Duration = .seconds(120)
    ) async throws -> Outcome {
        let executable = try find(program)
        let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = ["in", "out", "err"].map { folder.appending(path: $0) }
        try input.write(to: files[0])
        for file in files[1...] { try Data().write(to: file) }

        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let handles = [
            try FileHandle(forReadingFrom: files[0]), try FileHandle(forWritingTo: files[1]), try FileHandle(forWritingTo: files[2]),
        ]
        // Closed here, because Foundation keeps a Process and its handles for ever; after a thousand it crashes in run().
        defer { for handle in handles { try? handle.close() } }
        process.standardInput = handles[0]
        process.standardOutput = handles[1]
        process.standardError = handles[2]
        let (endings, continuation) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
        let identifier = process.processIdentifier
        let isLate = Mutex(false)
        let timer = Task {
            guard (try? await Task.sleep(for: limit)) != nil else { return }
            isLate.withLock { $0 = true }
            kill(identifier, SIGKILL)
        }
        // Not cancelled with the test: the program has to be gone before its folder goes.
        await Task { for await _ in endings {} }.value
        timer.cancel()
        guard !isLate.withLock({ $0 }) else { throw ChildProgramError.tooSlow(program) }
        return Outcome(
            status: process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus,
            output: try Data(contentsOf: files[1]), errors: try Data(contentsOf: files[2]))
    }

    private static func find(_ program: String) throws -> URL {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init) + ["/usr/sbin"]
        let paths = program.contains("/") ? [program] : folders.map { "\($0)/\(program)" }
        guard let path = paths.first(where: FileManager.default.isExecutableFile(atPath:)) else {
            throw ChildProgramError.notInstalled(program)
        }
        return URL(filePath: path)
    }
}

/// Why a program gave no outcome.
public enum ChildProgramError: Error, Hashable, CustomStringConvertible {
    /// There is no such program.
    case notInstalled(String)
    /// It had to be killed.
    case tooSlow(String)

    /// One sentence, with the next step.
    public var description: String {
        switch self {
        case .notInstalled(let program): "\(program) is missing: run \"make setup\""
        case .tooSlow(let program): "\(program) did not end in time and was killed"
        }
    }
}
