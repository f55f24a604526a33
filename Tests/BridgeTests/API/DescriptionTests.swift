import Foundation
import HTTPDoor
import TestSupport
import Testing
import Verification

@testable import Bridge

/// The judge: schemathesis reads the document, asks what it promises and what it forbids, and looks whether the answers keep to it.
@Suite struct DescriptionTests {
    private static let package = Fixture.folder.deletingLastPathComponent()

    @Test func `the live thing keeps to the document, whatever is asked`() async throws {
        let judge = Self.package.appending(path: ".build/venv/bin/schemathesis").path
        try #require(FileManager.default.isExecutableFile(atPath: judge), "\(judge) is missing: run \"make test\"")
        let served = try ServedBank(metrics: { "tessera_up 1\n" })
        try await served.admit("alice", token: "T-1000")
        let secret = String(repeating: "0123456789abcdef", count: 2)
        let token = try BearerToken("judge", secret: secret, roles: Set(Role.allCases))
        try await served.served(at: .loopback(LoopbackPlace(port: 0, tokens: [token]))) { address in
            let folder = try ServedFolder()
            let outcome = try await ChildProgram.run(
                "sh",
                [
                    // It leaves what it remembers where it runs.
                    "-c", #"cd "$1" && shift && exec "$@""#, "sh", folder.url.path, judge,
                    "--config-file", Self.package.appending(path: "Tests/BridgeTests/API/schemathesis.toml").path, "run",
                    Self.package.appending(path: "Docs/openapi.yaml").path, "--url", "http://\(address)", "-H",
                    "Authorization: Bearer \(secret)",
                    "--max-examples", Proof.isWhole ? "500" : "4", "--seed", "1", "--suppress-health-check", "all",
                    "--request-timeout", "60", "--no-color",
                    // A stream of events has no end.
                    "--exclude-path", "/v1/events",
                ], within: Proof.isWhole ? .seconds(4 * 3_600) : .seconds(900))
            #expect(outcome.status == 0, "\(outcome.text)\(outcome.complaints)")
        }
    }

    /// Some hundred files in each language, which takes a minute: the proof runs it.
    @Test(.enabled(if: Proof.isWhole)) func `clients made of the document compile in four languages, without a word of their compilers`()
        async throws
    {
        let folder = try ServedFolder()
        let outcome = try await ChildProgram.run(
            Self.package.appending(path: "scripts/openapi-clients.sh").path, [folder.url.appending(path: "clients").path],
            within: .seconds(1_800))
        #expect(outcome.status == 0, "\(outcome.text)\(outcome.complaints)")
        #expect(outcome.text.split(separator: "\n").count { $0.hasSuffix(", compiled") } == 4, "\(outcome.text)")
    }
}
