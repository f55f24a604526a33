import Foundation
import TestSupport
import Testing

/// The doctor before a daemon that is not where it usually is.
@Suite(.timeLimit(.minutes(10))) struct FoundDaemonTests {
    private struct Report: Decodable {
        struct Check: Decodable {
            let check: String
            let result: String
            let detail: String
        }

        let checks: [Check]

        subscript(_ name: String) -> Check? { checks.first { $0.check == name } }
    }

    private static let nowhere = ["XDG_CONFIG_HOME", "RUNTIME_DIRECTORY"].reduce(into: [:]) { $0[$1] = "/nonexistent" }

    private func doctor(_ options: String...) async throws -> Report {
        try await Program.run(["doctor", "--json"] + options, environment: Self.nowhere).json()
    }

    @Test func `a daemon at another socket is found where the person points, and named where nobody does`() async throws {
        let folder = try Folder()
        let token = "0f1e2d3c4b5a69788796a5b4c3d2e1f00112233445566778899aabbccddeeff0"
        try folder.write("core verifier \(token)\n", to: "tokens")
        chmod(folder.path("tokens"), 0o600)
        chmod(folder.url.path, 0o700)
        let daemon = try await RunningDaemon(in: folder, ["--listen", "127.0.0.1:0", "--tokens", folder.path("tokens")])
        let line = try #require(daemon.program.errors.split(separator: "\n").first { $0.contains("at=127.0.0.1:") })
        let port = try #require(line.firstMatch(of: /at=127\.0\.0\.1:(\d+)/).map { String($0.1) })

        let pointed = try await doctor("--socket", folder.path("bank.sock"))["daemon"]
        #expect(pointed?.result == "ok" && pointed?.detail == "\(folder.path("bank.sock")) answers, protocol version 1")
        // Others' daemons may run on this machine, too: ours is one of those that are named, or there are more than are told.
        let none = try #require(try await doctor()["daemon"])
        #expect(none.result == "ok" && none.detail.contains("and none is configured; ") && none.detail.contains("--socket"))
        #expect(!none.detail.contains("none runs"))

        try folder.write(
            """
            {"socket": "bank.sock", "store": {"place": "s.sqlite", "test": true},
             "loopback": {"listen": "127.0.0.1:\(port)", "tokens": "tokens"}}
            """, to: "serve.json")
        var configured = try await doctor("--configuration", folder.path("serve.json"))
        #expect(configured["daemon"]?.detail.hasPrefix(folder.path("bank.sock")) == true && configured["daemon"]?.result == "ok")
        #expect(configured["daemon on loopback"]?.detail == "127.0.0.1:\(port) answers")
        let other = try await doctor("--configuration", folder.path("serve.json"), "--socket", folder.path("none.sock"))["daemon"]
        #expect(other?.result == "warning" && other?.detail == "\(folder.path("none.sock")) is not there: it does not run")

        try await daemon.stop()
        configured = try await doctor("--configuration", folder.path("serve.json"))
        #expect(configured["daemon"]?.result == "warning")
        #expect(configured["daemon on loopback"]?.detail == "nobody listens at 127.0.0.1:\(port)")
    }

    @Test func `a folder in place of the configuration is told with the file that is expected`() async throws {
        let folder = try Folder()
        let outcome = try await Program.run(["doctor", "--configuration", folder.url.path], environment: Self.nowhere)
        #expect(outcome.text.contains("\"\(folder.url.path)\" is a folder, and a file is expected"))
        #expect(outcome.text.contains("→ name the file: \(folder.path("serve.json")), which is not there yet"))
        let serve = try await Program.run(["serve", "--configuration", folder.url.path], environment: Self.nowhere)
        #expect(serve.status == 3 && serve.failure?.hint.hasPrefix("name the file: ") == true)
    }
}
