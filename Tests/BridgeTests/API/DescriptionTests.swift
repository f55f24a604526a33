import DeviceProtocol
import Foundation
import HTTPDoor
import Secrets
import TestSupport
import Testing
import Verification

@testable import Bridge

/// The judge: schemathesis reads the document, asks what it promises and what it forbids, and looks whether the answers keep to it.
@Suite struct DescriptionTests {
    private static let package = Fixture.folder.deletingLastPathComponent()

    @Test func `every code that the sources name stands in the document, and every status that the door sends`() throws {
        let document = try String(contentsOf: Self.package.appending(path: "Docs/openapi.yaml"), encoding: .utf8)
        let list = try #require(document.firstMatch(of: /x-extensible-enum: \[([^\]]*)\]/)?.1)
        let known = Set(list.matches(of: /\w+/).map { String($0.0) })
        var named: Set<String> = []
        for module in ["Bridge", "HTTPDoor"] {
            let files = FileManager.default.enumerator(
                at: Self.package.appending(path: "Sources/\(module)"), includingPropertiesForKeys: nil)
            while let file = files?.nextObject() as? URL {
                guard file.pathExtension == "swift" else { continue }
                let text = try String(contentsOf: file, encoding: .utf8)
                named.formUnion(text.matches(of: /(?:Problem|init|Kind)\(\s*\.[a-z]\w+,\s*"([a-z]\w+)"/).map { String($0.1) })
            }
        }
        #expect(named.count > 50)
        #expect(named.subtracting(known).sorted() == [])
        // What is refused before a route is chosen can be the answer at each of them; a body that is late is not answered at all.
        let operations = document.matches(of: #/operationId: /#).count
        for status in ["414", "417", "421", "431", "505"] {
            #expect(document.matches(of: try Regex("\"\(status)\": ")).count == operations, "\(status)")
        }
        #expect(!document.contains("\"408\""))
    }

    @Test func `the live thing keeps to the document, whatever is asked`() async throws {
        let judge = Self.package.appending(path: ".build/venv/bin/schemathesis").path
        try #require(FileManager.default.isExecutableFile(atPath: judge), "\(judge) is missing: run \"make test\"")
        let served = try ServedBank(metrics: { "tessera_up 1\n" })
        try await served.admit("alice", token: "T-1000")
        let other = try await served.admit("passer-by", token: "T-2000")
        let secret = String(repeating: "0123456789abcdef", count: 2)
        let token = try BearerToken("judge", secret: .copying(secret.utf8), roles: Set(Role.allCases))
        try await served.served(at: .loopback(LoopbackPlace(port: 0, tokens: [token]))) { address in
            let folder = try ServedFolder()
            // A stream of events has no end: the judge reads one event of it, and here is where it comes from.
            let happening = Task { try await Self.keepHappening(served, other.id) }
            defer { happening.cancel() }
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
                ], within: Proof.isWhole ? .seconds(4 * 3_600) : .seconds(900))
            #expect(outcome.status == 0, "\(outcome.text)\(outcome.complaints)")
        }
    }

    /// Operations of somebody whom the judge does not know, until it is cancelled.
    private static func keepHappening(_ served: ServedBank, _ device: DeviceID) async throws {
        let person = try SubscriberID("passer-by")
        while !Task.isCancelled {
            let begun = try await served.bank.operations.begin(
                .login(Login(place: "", browser: "")), for: person, with: device, idempotencyKey: UUID().uuidString)
            _ = try await served.bank.operations.cancel(begun.id)
            try await Task.sleep(for: .milliseconds(100))
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
