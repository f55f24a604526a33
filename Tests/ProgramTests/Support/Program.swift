import Foundation
import TestSupport

/// The built program, run as a person or a script runs it.
enum Program {
    /// It lies beside the program that runs these tests.
    static let path = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "tessera").path

    /// What the program gets beside this process's environment and unless a test says otherwise: no PC/SC service, because
    /// the cards of the one that this process uses belong to other tests, and nothing left in the folder of who runs it.
    static let environment = ["PCSCLITE_CSOCK_NAME": "/nonexistent/pcscd.comm", "XDG_CACHE_HOME": "/dev/null"]

    static func run(_ arguments: String..., input: String = "", environment: [String: String] = [:]) async throws -> ChildProgram.Outcome {
        try await run(arguments, input: input, environment: environment)
    }

    static func run(
        _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) async throws -> ChildProgram.Outcome {
        try await ChildProgram.run(
            path, arguments, input: Data(input.utf8), environment: Self.environment.merging(environment) { $1 })
    }
}

extension ChildProgram.Outcome {
    /// The sentences of a failure: error and hint, each without its prefix.
    var failure: (error: String, hint: String)? {
        let lines = complaints.split(separator: "\n")
        guard let error = lines.last(where: { $0.hasPrefix("tessera: error: ") }),
            let hint = lines.last(where: { $0.hasPrefix("tessera: hint: ") })
        else { return nil }
        return (String(error.dropFirst(16)), String(hint.dropFirst(15)))
    }

    /// Standard output as the JSON document that it has to be.
    func json<Document: Decodable>(_ type: Document.Type = Document.self) throws -> Document {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(type, from: output)
    }
}

/// A folder of its own, removed with the value.
final class Folder: Sendable {
    let url = FileManager.default.temporaryDirectory.appending(path: "tessera-program-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }
    func write(_ text: String, to name: String) throws { try Data(text.utf8).write(to: url.appending(path: name)) }
    func read(_ name: String) throws -> Data { try Data(contentsOf: url.appending(path: name)) }
    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() } }
}

/// What zbarimg reads in a picture: one line a QR code.
func zbarimg(_ file: String) async throws -> [String] {
    let outcome = try await ChildProgram.run("zbarimg", ["-q", "--nodbus", "--raw", "-Sdisable", "-Sqrcode.enable", file])
    return outcome.text.split(separator: "\n").map(String.init)
}
