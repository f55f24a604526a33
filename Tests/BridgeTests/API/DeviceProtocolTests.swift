import Foundation
import HTTPDoor
import TestSupport
import Testing
import Verification

/// Runs the commands of `Docs/DeviceProtocol.md` one after the other, as its reader does.
@Suite struct DeviceProtocolTests {
    private static let page = Fixture.folder.deletingLastPathComponent().appending(path: "Docs/DeviceProtocol.md")

    /// What stands between "```sh" and "```".
    private func blocks() throws -> [String] {
        try String(contentsOf: Self.page, encoding: .utf8).components(separatedBy: "\n```sh\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
    }

    @Test func `each command of the page does what the page says`() async throws {
        let served = try ServedBank()
        let token = try await served.admit("alice", token: "T-1000")
        let folder = try ServedFolder()
        let state = folder.path("state")
        try Data().write(to: URL(filePath: state))
        let told = try await served.served(as: Set(Role.allCases)) { (client) async throws in
            var told = ""
            var names: Set<String> = []
            for block in try blocks() {
                // Time goes by while a person reads, and their Token shows another code.
                served.clock.advance(by: 30)
                names.formUnion(block.matches(of: /(?m)^([A-Z]+)=/).map { String($0.1) })
                let kept = names.sorted().joined(separator: " ")
                let script = "set -eu -o pipefail\nsource \"$STATE\"\n\(block)\n{ declare -p \(kept); declare -f; } >\"$STATE\"\n"
                let outcome = try await ChildProgram.run(
                    "bash", ["-c", script],
                    environment: [
                        "STATE": state, "TESSERA": client.socket, "PASSWORD": ServedBank.password,
                        "CODE": try token.code(at: served.clock.now),
                    ])
                #expect(outcome.status == 0, "\(block)\n\(outcome.text)\(outcome.complaints)")
                told += outcome.text
            }
            return told
        }
        for words in [
            "activationCode\n", "suspended\nactive\n", "nothing\n", "approvalNeeded\n", "pending\nsucceeded\n", "succeeded\n", "granted\n",
            "succeeded\nsubmitted\n", "true\n",
        ] {
            #expect(told.contains(words))
        }
    }
}
