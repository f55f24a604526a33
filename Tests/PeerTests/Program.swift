import Foundation

/// Another program, run to its end.
struct Program {
    /// What went wrong with it.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs the program called `name`, found through PATH, and gives what it wrote to its standard output.
    ///
    /// - Parameter success: the exit codes that are no failure.
    static func output(_ name: String, _ arguments: [String], success: Set<Int32> = [0]) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [name] + arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        // None of them writes more errors than a pipe holds.
        let written = try output.fileHandleForReading.readToEnd() ?? Data()
        let complaint = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard success.contains(process.terminationStatus) else {
            throw Failure(
                description: "\(name) ended with \(process.terminationStatus): \(String(decoding: complaint, as: UTF8.self))")
        }
        return Array(written)
    }

    /// The lines of ``output(_:_:success:)``.
    static func lines(_ name: String, _ arguments: [String], success: Set<Int32> = [0]) throws -> [String] {
        String(decoding: try output(name, arguments, success: success), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Lends a file with `bytes` to `body`, and removes it.
    static func withFile<R>(_ bytes: [UInt8], suffix: String, _ body: (String) throws -> R) throws -> R {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + suffix)
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try body(file.path())
    }
}
