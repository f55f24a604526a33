import Foundation
import TestSupport

/// Judges that are written in Python, from the environment that `make test` makes.
enum Python {
    private static let package = Fixture.folder.deletingLastPathComponent()

    /// The path of one of our documents, for judges that are written from it.
    static func document(_ name: String) -> String { package.appending(path: "Docs/\(name)").path }

    /// Runs a script of this folder and gives its lines.
    static func lines(_ script: String, _ arguments: [String] = [], input: String = "") async throws -> [String] {
        let interpreter = package.appending(path: ".build/venv/bin/python").path
        guard FileManager.default.isExecutableFile(atPath: interpreter) else {
            throw Program.Failure(description: "\(interpreter) is missing: run \"make test\"")
        }
        let file = package.appending(path: "Tests/PeerTests/\(script)").path
        let outcome = try await ChildProgram.run(interpreter, [file] + arguments, input: Data(input.utf8), within: .seconds(300))
        guard outcome.status == 0 else { throw Program.Failure(description: "\(script): \(outcome.complaints)") }
        return outcome.text.split(separator: "\n").map(String.init)
    }
}
