import Foundation
import TestSupport
import Testing

/// Begins `Docs/DeviceProtocol.md` as its reader does: with a daemon, and with a store in which nobody is yet.
@Suite struct FirstStepsTests {
    private static let page = Fixture.folder.deletingLastPathComponent().appending(path: "Docs/DeviceProtocol.md")

    /// What stands between "```" with one of `languages` and "```", in the page's order.
    private func blocks(_ languages: Set<String>) throws -> [String] {
        try String(contentsOf: Self.page, encoding: .utf8).components(separatedBy: "\n```").compactMap { part in
            guard let end = part.firstIndex(of: "\n"), languages.contains(String(part[..<end])) else { return nil }
            return String(part[part.index(after: end)...])
        }
    }

    @Test(arguments: ["bash", "zsh"])
    func `whoever follows the page from its first line has a customer who can sign in`(shell: String) async throws {
        let folder = try Folder()
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.url.path)
        let started = try #require(try blocks(["console"]).first)
        let command = started.replacing("\\\n", with: " ").split(separator: " ").dropFirst(2).map { word in
            String(word).replacing("\"", with: "").replacing("$PWD", with: folder.url.path)
        }
        try #require(command.first == "serve")
        let daemon = try RunningProgram(
            command.map { $0 == "test.sqlite" ? folder.path("test.sqlite") : $0 })
        defer { daemon.send(SIGTERM) }
        let isOpen = await eventually { daemon.errors.ranges(of: "[tessera] listening").count == 2 }
        try #require(isOpen, "\(daemon.errors)")
        // Up to where Alice is made.
        let beginning = try blocks(["sh", "bash"]).prefix(2)
        let script = "set -eu\ncd \"$FOLDER\"\n\(beginning.joined(separator: "\n"))\napi /v1/subscribers/alice | member hasPassword"
        let outcome = try await ChildProgram.run(shell, ["-c", script], environment: ["FOLDER": folder.url.path])
        #expect(outcome.status == 0, "\(outcome.text)\(outcome.complaints)")
        #expect(outcome.text.contains("succeeded\n") && outcome.text.hasSuffix("true\n"), "\(outcome.text)")
    }
}
