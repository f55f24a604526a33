import Foundation
import TestSupport
import Testing

/// Runs the commands of `Docs/Examples/README.md` against a daemon in a process of its own, as their reader does.
@Suite struct ExamplesTests {
    private static let examples = Fixture.folder.deletingLastPathComponent().appending(path: "Docs/Examples")

    /// What stands between "```sh" and "```": first the preparations, then one block for each language.
    private func blocks() throws -> [String] {
        try String(contentsOf: Self.examples.appending(path: "README.md"), encoding: .utf8).components(separatedBy: "\n```sh\n").dropFirst()
            .compactMap { $0.components(separatedBy: "\n```").first }
    }

    /// Runs `body` while a daemon serves emulated devices and a door on loopback; `folder` has its tokens and sockets.
    private func withDaemon(_ body: (_ folder: Folder, _ address: String) async throws -> Void) async throws {
        let folder = try Folder()
        func closeToOthers(_ path: String, _ mode: Int) throws {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }
        try closeToOthers(folder.url.path, 0o700)
        let token = try await ChildProgram.run("openssl", ["rand", "-hex", "32"]).text
        try folder.write("core verifier,deviceUser,administrator \(token)", to: "tokens")
        try closeToOthers(folder.path("tokens"), 0o600)
        let daemon = try RunningProgram(
            "serve", "--test", "--store", folder.path("test.sqlite"), "--origin", "bank.example", "--admit-retired", "--emulators",
            "--socket", folder.path("bridge.sock"), "--emulators-socket", folder.path("emulators.sock"), "--listen", "127.0.0.1:0",
            "--tokens", folder.path("tokens"))
        defer { daemon.send(SIGTERM) }
        let isOpen = await eventually { daemon.errors.ranges(of: "[tessera] listening").count == 3 }
        try #require(isOpen, "\(daemon.errors)\(daemon.output)")
        let found = try #require(daemon.errors.firstMatch(of: /at=(127\.0\.0\.1:[1-9][0-9]*)/), "\(daemon.errors)")
        try await body(folder, "http://\(found.1)")
    }

    /// Runs blocks in one shell, in `folder`; what follows `cd` runs among the examples.
    private func run(_ script: String, in folder: Folder, _ address: String) async throws -> ChildProgram.Outcome {
        try await ChildProgram.run(
            "bash", ["-c", "set -eu -o pipefail\ncd \"$FOLDER\"\n\(script)"],
            environment: [
                "FOLDER": folder.url.path, "EXAMPLES": Self.examples.path, "TESSERA_URL": address, "TMPDIR": folder.url.path,
            ], within: .seconds(300))
    }

    @Test func `each example signs in and has a payment approved, and tells a refusal's code and what to do next`() async throws {
        let blocks = try blocks()
        try #require(blocks.count == 6)
        let (variables, languages) = (blocks[0], blocks[2...])
        try await withDaemon { folder, address in
            let prepared = try await run("\(variables)\n\(blocks[1])", in: folder, address)
            #expect(prepared.status == 0, "\(prepared.text)\(prepared.complaints)")
            for (commands, name) in zip(languages, ["python", "java", "typescript", "go"]) {
                #expect(commands.contains("\(name)/"))
                let right = try await run("\(variables)\ncd \"$EXAMPLES\"\n\(commands)", in: folder, address)
                #expect(right.status == 0 && right.complaints == "", "\(name): \(right.text)\(right.complaints)")
                let lines = right.text.split(separator: "\n")
                #expect(lines.count == 4, "\(name): \(right.text)")
                #expect(lines.starts(with: ["signed in: alice", "payment: succeeded"]) && lines.last == "permission: granted")
                let evidence = /evidence: smartcard, bound to the content, [-0-9]{10}T[:0-9]{8}Z, [A-Za-z0-9+\/]{16}…/
                #expect(lines.count > 2 && lines[2].wholeMatch(of: evidence) != nil, "\(name): \(right.text)")

                let foreign = try await run(
                    "\(variables)\nTESSERA_TOKEN=${TESSERA_TOKEN/?/x}\ncd \"$EXAMPLES\"\n\(commands)", in: folder, address)
                #expect(foreign.status == 1 && foreign.text == "", "\(name): \(foreign.text)")
                #expect(foreign.complaints.hasPrefix("unauthenticated: "), "\(name): \(foreign.complaints)")
                #expect(foreign.complaints.contains("\nnext: "), "\(name): \(foreign.complaints)")
            }
            // Through the socket no token is asked for.
            let socket = try await run(
                "\(variables)\nunset TESSERA_URL TESSERA_TOKEN\nexport TESSERA_SOCKET=$PWD/bridge.sock\ncd \"$EXAMPLES\"\n\(blocks[5])",
                in: folder, address)
            #expect(socket.status == 0 && socket.complaints == "", "\(socket.text)\(socket.complaints)")
            #expect(socket.text.hasSuffix("\npermission: granted\n"), "\(socket.text)")
            // The last: a wrong password counts against the person.
            for commands in languages {
                let wrong = try await run("\(variables)\nTESSERA_PASSWORD=wrong\ncd \"$EXAMPLES\"\n\(commands)", in: folder, address)
                #expect(wrong.status == 1 && wrong.text == "")
                let told = try page("refused: user ID, password or code is not right")
                #expect(wrong.complaints == told, "\(commands)")
            }
        }
    }

    /// The block of the page that begins with these words, as a program would print it.
    private func page(_ words: String) throws -> String? {
        try String(contentsOf: Self.examples.appending(path: "README.md"), encoding: .utf8).components(separatedBy: "\n```text\n")
            .first { $0.hasPrefix(words) }?.components(separatedBy: "\n```").first.map { $0 + "\n" }
    }
}
