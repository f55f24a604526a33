import Foundation
import TestSupport

/// Another program, run to its end for what it writes.
enum Program {
    /// What went wrong with it.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs the program called `name` and gives what it wrote to its standard output.
    ///
    /// - Parameter success: the exit codes that are no failure.
    static func output(_ name: String, _ arguments: [String], success: Set<Int32> = [0]) async throws -> [UInt8] {
        let outcome = try await ChildProgram.run(name, arguments)
        guard success.contains(outcome.status) else {
            throw Failure(description: "\(name) ended with \(outcome.status): \(outcome.complaints)")
        }
        return Array(outcome.output)
    }

    /// The lines of ``output(_:_:success:)``.
    static func lines(_ name: String, _ arguments: [String], success: Set<Int32> = [0]) async throws -> [String] {
        String(decoding: try await output(name, arguments, success: success), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Lends a file with `bytes` to `body`, and removes it.
    static func withFile<R>(_ bytes: [UInt8], suffix: String, _ body: (String) async throws -> R) async throws -> R {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + suffix)
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try await body(file.path())
    }
}
