import Foundation
import TestSupport
import Testing

/// `tessera card trace`, `probe` and the cache, with a card in the real pcscd.
@Suite struct CardTraceTests {
    @Test func `a trace shows every command with its name, and what the traced command prints is unchanged`() async throws {
        try await PluggedCard.with { plugged in
            let plain = try await plugged.run("card", "info")
            let traced = try await plugged.run("card", "trace", "info")
            #expect(traced.status == 0)
            #expect(traced.text == plain.text)
            #expect(traced.complaints.contains("> 00A4040009A0000003080000100000  SELECT"))
            #expect(traced.complaints.contains("9000  done"))
            #expect(traced.complaints.hasSuffix("card let go as it is\n"))
        }
    }

    @Test func `no PIN is in a recorded signature, and the recording signs again without the card`() async throws {
        try await PluggedCard.with { plugged in
            try Data("a contract".utf8).write(to: plugged.folder.url.appending(path: "contract"))
            let contract = plugged.folder.url.appending(path: "contract").path
            let recording = plugged.folder.url.appending(path: "conversation.jsonl")
            let outcome = try await plugged.run(
                "card", "trace", "--output", recording.path, "sign", contract, input: "\(PluggedCard.pin)\n")
            #expect(outcome.status == 0, "\(outcome.complaints)")
            let text = try String(contentsOf: recording, encoding: .utf8)
            let hexadecimal = PluggedCard.pin.utf8.map { String($0, radix: 16, uppercase: true) }.joined()
            for shown in [text, outcome.text, outcome.complaints] {
                #expect(!shown.contains(PluggedCard.pin) && !shown.uppercased().contains(hexadecimal))
            }
            #expect(text.split(separator: "\n").filter { $0.contains(#""withheld":true"#) }.count == 1)
            let attributes = try FileManager.default.attributesOfItem(atPath: recording.path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)

            let signature = try Data(contentsOf: URL(filePath: contract + ".sig"))
            let replayed = try await Program.run(
                ["card", "trace", "--replay", recording.path, "sign", "--output", contract + ".again", contract], input: "123456\n",
                environment: ["PCSCLITE_CSOCK_NAME": "/nonexistent"])
            #expect(replayed.status == 0, "\(replayed.complaints)")
            #expect(try Data(contentsOf: URL(filePath: contract + ".again")) == signature)
        }
    }

    @Test func `a recording that is not whole is told, and the command is done once`() async throws {
        try await PluggedCard.with { plugged in
            let recording = plugged.folder.url.appending(path: "conversation.jsonl").path
            let info = try await plugged.run("card", "trace", "--output", recording, "info")
            #expect(info.status == 0, "\(info.complaints)")
            let full = try await Program.run("card", "trace", "--replay", recording, "--output", "/dev/full", "info")
            #expect(full.status == 3)
            #expect(full.text == info.text)
            #expect(full.failure?.error == "the recording \"/dev/full\" is not whole: No space left on device")
            #expect(full.failure?.hint.hasPrefix("what was done with the card stands") == true)
        }
    }

    @Test func `a file that is no trace is refused with its line`() async throws {
        let folder = try Folder()
        let file = folder.url.appending(path: "trace")
        try Data("{}\n".utf8).write(to: file)
        let outcome = try await Program.run(["card", "trace", "--replay", file.path, "info"])
        #expect(outcome.status == 2)
        #expect(outcome.complaints.contains("line 1 of the trace"))
        let nested = try await Program.run(["card", "trace", "trace", "info"])
        #expect(nested.status == 2)
    }

    @Test func `a probe asks without a PIN and names the application`() async throws {
        struct Report: Decodable {
            struct Step: Decodable {
                let command: String
                let status: String?
            }
            let confirmed: [String]
            let steps: [Step]
        }
        try await PluggedCard.with { plugged in
            let report: Report = try await plugged.run("card", "probe", "--json").json()
            #expect(report.confirmed.contains("PIV"))
            #expect(report.steps.contains { $0.command == "00200080" && $0.status == "63C5" })
            let human = try await plugged.run("card", "probe")
            #expect(human.text.contains("Confirmed    PIV"))
            #expect(!human.text.contains("Test Holder"))
        }
    }

    @Test func `certificates are read once, and a tampered memory of them is found`() async throws {
        try await PluggedCard.with { plugged in
            let cache = plugged.cache.url.appending(path: "tessera/certificates")
            func files() -> [URL] { (try? FileManager.default.contentsOfDirectory(at: cache, includingPropertiesForKeys: nil)) ?? [] }
            let first = try await plugged.run("card", "certificates", "--pem", "--no-cache")
            #expect(files().isEmpty)
            #expect(try await plugged.run("card", "certificates", "--pem").text == first.text)
            #expect(files().count == 4)
            #expect(try await plugged.run("card", "certificates", "--pem").text == first.text)
            for file in files() {
                var content = try Data(contentsOf: file)
                content[content.count - 40] ^= 0x01
                try content.write(to: file)
            }
            #expect(try await plugged.run("card", "certificates", "--pem").text == first.text)
        }
    }
}
