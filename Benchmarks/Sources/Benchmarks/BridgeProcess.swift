import Foundation

/// This program once more, as the bridge: it is told over a pipe what to do, and serves clients at a socket meanwhile.
final class BridgeProcess {
    private static let word = "--bridge"
    private let process = Process()
    private let orders = Pipe()
    private let answers = Pipe()
    /// Where it is reached.
    let socket: String
    private var enrolled = 0

    /// Starts one, whose store and socket lie in a new folder; its door is open then.
    init(in folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        socket = Self.socket(in: folder)
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = [Self.word, folder.path]
        process.standardInput = orders
        process.standardOutput = answers
        try process.run()
        guard try hear() == "ready" else { throw BenchmarkError("the bridge did not open its door") }
    }

    deinit {
        try? orders.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Enrols Tokens that have done nothing yet, and returns their numbers.
    func enrol(_ count: Int) throws -> Range<Int> {
        let numbers = enrolled..<enrolled + count
        enrolled += count
        try tell("enrol \(numbers.lowerBound) \(numbers.upperBound)")
        guard try hear() == "done" else { throw BenchmarkError("the bridge enrolled no Tokens") }
        return numbers
    }

    /// The processor's time that it has taken so far.
    func used() throws -> ProcessorTime {
        try tell("usage")
        let figures = try hear().split(separator: " ").compactMap { Double($0) }
        guard figures.count == 2 else { throw BenchmarkError("the bridge did not say what it used") }
        return ProcessorTime(user: figures[0], system: figures[1])
    }

    /// The folder that a process was started with; `nil` for a run that a person started.
    static func folder(in arguments: [String]) -> URL? {
        arguments.count == 3 && arguments[1] == word ? URL(filePath: arguments[2]) : nil
    }

    static func socket(in folder: URL) -> String { folder.appending(path: "s").path }

    private func tell(_ order: String) throws { try orders.fileHandleForWriting.write(contentsOf: Data((order + "\n").utf8)) }

    private func hear() throws -> String {
        var line = Data()
        while let byte = try answers.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8) { line += byte }
        return String(decoding: line, as: UTF8.self)
    }
}

/// What the system counts for a process (getrusage(2)), in seconds.
struct ProcessorTime {
    var user = 0.0
    var system = 0.0

    var all: Double { user + system }

    /// What this process has taken so far.
    static func used() -> ProcessorTime {
        var usage = rusage()
        guard unsafe getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return ProcessorTime() }
        return ProcessorTime(user: seconds(usage.ru_utime), system: seconds(usage.ru_stime))
    }

    static func - (one: ProcessorTime, other: ProcessorTime) -> ProcessorTime {
        ProcessorTime(user: one.user - other.user, system: one.system - other.system)
    }

    static func += (one: inout ProcessorTime, other: ProcessorTime) {
        one.user += other.user
        one.system += other.system
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}
