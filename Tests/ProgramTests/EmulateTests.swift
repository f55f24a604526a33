import Emulation
import Foundation
import TestSupport
import Testing

/// `tessera emulate` with cards that last, several cards, sticks and identity cards.
@Suite struct EmulateTests {
    private static let select = "00:A4:04:00:09:A0:00:00:03:08:00:00:10:00:00"
    private static let wrong = "00:20:00:80:08:39:39:39:39:39:39:FF:FF"
    private static let query = "00:20:00:80"

    private func withSlot(_ body: (PrivatePCSCD.Slot, [String: String]) async throws -> Void) async throws {
        let service = try await PrivatePCSCD.shared
        try await service.withSlot { slot in try await body(slot, ["PCSCLITE_CSOCK_NAME": service.socket]) }
    }

    /// What OpenSC is answered to the last of some commands, once the card is in.
    private func answers(_ commands: String..., in slot: PrivatePCSCD.Slot, _ environment: [String: String], with status: String)
        async throws
        -> Bool
    {
        let arguments = ["--reader", slot.reader] + commands.flatMap { ["--send-apdu", $0] }
        var isRight = false
        _ = try await eventually {
            let outcome = try await ChildProgram.run("opensc-tool", arguments, environment: environment)
            // Without a card, nothing was sent, and it is asked again.
            guard let last = outcome.text.components(separatedBy: "Received ").last, outcome.text.contains("Received ") else {
                return false
            }
            isRight = last.hasPrefix("(\(status))")
            return true
        }
        return isRight
    }

    @Test func `a card in a file is there again after Ctrl-C, with its keys and its wrong PINs`() async throws {
        try await withSlot { slot, environment in
            let folder = try Folder()
            let command = ["emulate", "smartcard", "--vpcd", "127.0.0.1:\(slot.port)", "--state", folder.path("card.json"), "--root"]
            let first = try RunningProgram(command + [folder.path("one.pem"), "--keys", "p256"], environment: environment)
            #expect(await first.says("A PIV card (p256, PIN 123456, kept in \(folder.path("card.json"))) is in the slot"))
            #expect(try await answers(Self.select, Self.wrong, in: slot, environment, with: "SW1=0x63, SW2=0xC4"))
            first.send(SIGINT)
            #expect(try await first.end().status == 0)

            let second = try RunningProgram(command + [folder.path("two.pem")], environment: environment)
            #expect(await second.says("A PIV card (from \(folder.path("card.json"))) is in the slot"))
            #expect(!second.output.contains("Making the keys"))
            #expect(try await answers(Self.select, Self.query, in: slot, environment, with: "SW1=0x63, SW2=0xC4"))
            #expect(try folder.read("one.pem") == folder.read("two.pem"))
            // Nobody else may have it meanwhile.
            let other = try await Program.run(command + [folder.path("three.pem")], environment: environment)
            #expect(other.status == 3)
            #expect(other.failure?.error.hasPrefix("another emulator uses") == true)
            second.send(SIGTERM)
            #expect(try await second.end().status == 0)
            #expect(try folder.names == ["card.json", "one.pem", "two.pem"])
        }
    }

    @Test func `several cards take the following ports and numbered files, and programs read what happens`() async throws {
        let service = try await PrivatePCSCD.start(readers: 1, isForThisProcess: false)
        defer { service.stop() }
        let environment = ["PCSCLITE_CSOCK_NAME": service.socket]
        let folder = try Folder()
        let program = try RunningProgram(
            "emulate", "smartcard", "--vpcd", "127.0.0.1:\(service.slots[0].port)", "--count", "2", "--keys", "p256", "--json", "--state",
            folder.path("card.json"), environment: environment)
        let atr = "3B8F80018073C021C0F9A000000308000010"
        #expect(await program.says(#""card":2,"event":"inserted""#))
        for slot in service.slots { #expect(try await answers(Self.select, Self.query, in: slot, environment, with: "SW1=0x63, SW2=0xC5")) }
        program.send(SIGINT)
        let outcome = try await program.end()
        #expect(outcome.status == 0)
        let events = try outcome.text.split(separator: "\n").map { try JSONDecoder().decode(Event.self, from: Data($0.utf8)) }
        #expect(events.map(\.event) == ["keys", "keys", "inserted", "inserted", "removed", "removed"])
        #expect(events.map(\.card) == [1, 2, 1, 2, 1, 2])
        #expect(events[2].model == "piv" && events[2].inferred == false && events[2].atr?.hasPrefix(atr) == true)
        #expect(events[3].place == "127.0.0.1:\(service.slots[1].port)")
        #expect(events[3].state == folder.url.resolvingSymlinksInPath().appending(path: "card-2.json").path)
        #expect(try folder.names == ["card-1.json", "card-2.json"])
    }

    private struct Event: Decodable {
        let event: String
        let card: Int
        let model: String?
        let inferred: Bool?
        let atr: String?
        let place: String?
        let state: String?
    }

    @Test func `a sealed card opens with its passphrase, and with no other`() async throws {
        try await withSlot { slot, environment in
            let folder = try Folder()
            try folder.write("correct horse\nsecond line\n", to: "right")
            try folder.write("wrong horse", to: "wrong")
            try folder.write("", to: "empty")
            let command = ["emulate", "smartcard", "--keys", "p256", "--vpcd", "127.0.0.1:\(slot.port)", "--state", folder.path("card")]
            let first = try RunningProgram(command + ["--passphrase-file", folder.path("right")], environment: environment)
            #expect(await first.says("is in the slot"))
            first.send(SIGINT)
            #expect(try await first.end().status == 0)
            let document = try JSONSerialization.jsonObject(with: folder.read("card")) as? [String: Any]
            let open = try #require(document?["memory"] as? [String: [String: String]])
            #expect(!open.isEmpty && open.values.allSatisfy { Array($0.keys) == ["bytes"] })
            let secret = Data(Array("123456".utf8) + [0xFF, 0xFF]).base64EncodedString()
            #expect(try !String(decoding: folder.read("card"), as: UTF8.self).contains(secret))
            for (options, error, status) in [
                (["--passphrase-file", folder.path("wrong")], "the passphrase is not that of", 1),
                ([], "is sealed under a passphrase", 2), (["--passphrase-file", folder.path("empty")], "the passphrase is empty", 2),
                (["--passphrase-file", folder.path("none")], "cannot read the passphrase file", 3),
            ] as [([String], String, Int32)] {
                let outcome = try await Program.run(command + options, environment: environment)
                #expect(outcome.status == status, "\(outcome.complaints)")
                #expect(outcome.failure?.error.contains(error) == true, "\(outcome.complaints)")
                #expect(outcome.failure?.hint.isEmpty == false)
            }
            // From a pipe it is one line, as at the terminal.
            let asked = try RunningProgram(command + ["--sealed"], environment: environment)
            #expect(await asked.says("Passphrase of"))
            asked.type("correct horse\n")
            #expect(await asked.says("is in the slot"))
            asked.send(SIGINT)
            #expect(try await asked.end().status == 0)
            #expect(!asked.errors.contains("horse"))
        }
    }

    @Test func `a new passphrase is asked for twice`() async throws {
        let folder = try Folder()
        let program = try RunningProgram(
            ["emulate", "smartcard", "--keys", "p256", "--vpcd", "127.0.0.1:1", "--sealed", "--state", folder.path("card")],
            environment: [:])
        #expect(await program.says("New passphrase"))
        program.type("one\n")
        #expect(await program.says("again"))
        program.type("other\n")
        let outcome = try await program.end()
        #expect(outcome.status == 2)
        #expect(outcome.failure?.error == "the two passphrases differ")
        #expect(try folder.names.isEmpty)
    }

    @Test func `what is no card, or another one, is left as it is`() async throws {
        let folder = try Folder()
        try folder.write("a letter", to: "letter")
        let letter = try await Program.run("emulate", "smartcard", "--vpcd", "127.0.0.1:1", "--state", folder.path("letter"))
        #expect(letter.status == 1)
        #expect(letter.failure?.error.hasSuffix("is not the state of an emulated card") == true)
        #expect(try folder.read("letter") == Data("a letter".utf8))

        let card = try VirtualCard.piv(holder: "Test Holder", keys: .p256, authority: TestAuthority(now: Date()), now: Date())
        try CardStateFile.create(at: folder.path("piv"), #require(card.snapshot)).close()
        for (command, wanted) in [(["smartcard", "--application", "pkcs15"], "pkcs15"), (["stick"], "classic-v3"), (["eid"], "eid")] {
            let outcome = try await Program.run(["emulate"] + command + ["--vpcd", "127.0.0.1:1", "--state", folder.path("piv")])
            #expect(outcome.status == 2)
            #expect(outcome.failure?.error == "\"\(folder.path("piv"))\" has a card of piv, not of \(wanted)")
        }
        let qemu = try await Program.run("emulate", "smartcard", "--vscard", "127.0.0.1:1", "--state", folder.path("piv"))
        #expect(qemu.failure?.error.contains("T=0") == true)
        // Nothing listens there: the file is closed again, and whole.
        let absent = try await Program.run("emulate", "smartcard", "--vpcd", "127.0.0.1:1", "--state", folder.path("piv"))
        #expect(absent.status == 3)
        #expect(try CardStateFile.open(at: folder.path("piv")).card.model == .piv)
    }

    @Test func `an option that contradicts the card in a file is refused, and one that agrees is not`() async throws {
        let folder = try Folder()
        let command = ["emulate", "smartcard", "--vpcd", "127.0.0.1:1", "--state", folder.path("card")]
        // Nothing listens there; the card is made all the same.
        #expect(try await Program.run(command + ["--keys", "p256", "--holder", "Jo Test"]).status == 3)
        let key = "3des:" + String(repeating: "01", count: 24)
        for (options, truth) in [
            (["--holder", "Test Holder"], "with --holder \"Jo Test\""), (["--keys", "rsa2048"], "with --keys p256"),
            (["--piv-extensions", "yubico"], "without --piv-extensions"), (["--transport", "t0"], "with --transport t1"),
            (["--no-extended"], "without --no-extended"), (["--valid-until", "2020-01-31"], "without --valid-until"),
            (["--valid-from", "2020-01-31"], "without --valid-from"), (["--management-key", key], "without --management-key"),
        ] {
            let outcome = try await Program.run(command + options)
            #expect(outcome.status == 2, "\(options)")
            #expect(outcome.failure?.error == "the card in \"\(folder.path("card"))\" was made \(truth)")
            #expect(outcome.failure?.hint == "leave \(options[0]) out, or choose another file for a new card")
        }
        let other = try await Program.run(command + ["--authority", folder.path("ca.pem")])
        #expect(other.status == 2 && other.failure?.error.contains("certificates of another authority") == true)
        let same = try await Program.run(command + ["--keys", "p256", "--holder", "Jo Test", "--transport", "t1", "--application", "piv"])
        #expect(same.status == 3, "\(same.complaints)")
        // A file that says nothing of it.
        let card = try VirtualCard.piv(holder: "Test Holder", keys: .p256, authority: TestAuthority(now: Date()), now: Date())
        try CardStateFile.create(at: folder.path("silent"), #require(card.snapshot)).close()
        let silent = try await Program.run(
            "emulate", "smartcard", "--vpcd", "127.0.0.1:1", "--state", folder.path("silent"), "--keys", "p256")
        #expect(silent.status == 2 && silent.failure?.error.contains("does not say which --keys") == true)
    }

    @Test func `cards of an authority, sticks and identity cards remember what they were made with, too`() async throws {
        let folder = try Folder()
        func made(_ kind: [String], _ state: String, _ options: String...) async throws -> ChildProgram.Outcome {
            try await Program.run(["emulate"] + kind + ["--vpcd", "127.0.0.1:1", "--state", folder.path(state)] + options)
        }
        #expect(try await made(["eid"], "eid", "--model", "newer").status == 3)
        #expect(try await made(["eid"], "eid", "--model", "newer").status == 3)
        #expect(try await made(["eid"], "eid", "--model", "2014").failure?.error.hasSuffix("was made with --model newer") == true)
        #expect(try await made(["stick"], "stick", "--authority", folder.path("ca.pem")).status == 3)
        #expect(try await made(["stick"], "stick", "--authority", folder.path("ca.pem")).status == 3)
        #expect(try await made(["stick"], "stick", "--holder", "Jo").failure?.error.hasSuffix("with --holder \"Test Holder\"") == true)
        let pkcs15 = ["smartcard", "--application", "pkcs15", "--keys", "p256"]
        #expect(try await made(pkcs15, "pkcs15", "--style", "iso").status == 3)
        #expect(try await made(pkcs15, "pkcs15", "--style", "oseid").failure?.error.hasSuffix("with --style iso") == true)
        #expect(try await made(pkcs15, "pkcs15").status == 3)
    }

    @Test(
        arguments: [
            (["--valid-until", "2020-01-31"], "certificate has expired", 1_550_000_000),
            (["--valid-from", "2090-01-01T12:00:00Z"], "certificate is not yet valid", 3_800_000_000),
            (["--valid-from", "2001-01-01", "--valid-until", "978307201"], "certificate has expired", 978_307_200),
        ])
    func `certificates are as old or as young as a tester wants them`(options: [String], complaint: String, moment: Int) async throws {
        try await withSlot { slot, environment in
            let folder = try Folder()
            let program = try RunningProgram(
                ["emulate", "smartcard", "--vpcd", "127.0.0.1:\(slot.port)", "--keys", "p256", "--root", folder.path("root.pem")] + options,
                environment: environment)
            #expect(await program.says("Ctrl-C takes it out"))
            let isRead = try await eventually {
                let outcome = try await Program.run(
                    "card", "certificates", "--reader", slot.reader, "--key", "signature", "--pem", environment: environment)
                try folder.write(outcome.text, to: "leaf.pem")
                return outcome.status == 0
            }
            #expect(isRead)
            let verify = ["verify", "-CAfile", folder.path("root.pem")]
            let now = try await ChildProgram.run("openssl", verify + [folder.path("leaf.pem")])
            #expect(now.status != 0 && now.complaints.contains(complaint), "\(now.complaints)")
            let then = try await ChildProgram.run("openssl", verify + ["-attime", "\(moment)", folder.path("leaf.pem")])
            #expect(then.status == 0, "\(then.complaints)")
            program.send(SIGINT)
            #expect(try await program.end().status == 0)
        }
    }

    @Test func `an authority's certificates end before it does`() async throws {
        let folder = try Folder()
        let outcome = try await Program.run(
            "emulate", "stick", "--vpcd", "127.0.0.1:1", "--authority", folder.path("ca.pem"), "--valid-until", "2090-01-01")
        #expect(outcome.status == 2)
        #expect(outcome.failure?.error.contains("none of its certificates lasts longer") == true, "\(outcome.complaints)")
    }

    @Test(arguments: [
        ["--count", "0"], ["--count", "65"], ["--count", "2", "--vpcd", "localhost:65535"], ["--sealed"], ["--passphrase-file", "x"],
        ["--state", ""], ["--application", "eid"], ["--style", "iso"], ["--style", "oseid"], ["--valid-from", "soon"],
        ["--valid-until", "2026-02-30"], ["--valid-from", "2026-01-02", "--valid-until", "2026-01-01"], ["--valid-until", "1969-12-31"],
        ["--valid-from", "2026-01-31T"],
    ])
    func `what cannot be is a matter of usage`(options: [String]) async throws {
        let outcome = try await Program.run(["emulate", "smartcard"] + options)
        #expect(outcome.status == 2)
        #expect(outcome.complaints.contains("Usage: ") || outcome.complaints.contains("Error: "), "\(outcome.complaints)")
    }

    @Test(arguments: [
        (
            "stick", "A Classic V3 card (rsa2048,", "vpcd's reader stays when the stick goes",
            "3b:7d:96:00:00:80:31:80:65:b0:83:02:01:f3:83:00:90:00"
        ),
        ("eid", "An identity card (rsa2048)", "It needs PACE, not yet", "3b:8f:80:01:80:31:80:65:b0:85:03:00:ef:12:0f:ff:82:90:00:73"),
    ])
    func `sticks and identity cards say what they cannot be, and what is inferred`(
        kind: String, said: String, remark: String, atr: String
    ) async throws {
        try await withSlot { slot, environment in
            let program = try RunningProgram("emulate", kind, "--vpcd", "127.0.0.1:\(slot.port)", environment: environment)
            #expect(await program.says(said))
            #expect(await program.says(remark))
            #expect(await program.says("Inferred from sibling cards"))
            var seen = ""
            let isSeen = try await eventually {
                seen = try await ChildProgram.run("opensc-tool", ["--reader", slot.reader, "-a"], environment: environment).text
                return seen == atr + "\n"
            }
            #expect(isSeen, "\(seen)")
            program.send(SIGINT)
            #expect(try await program.end().status == 0)
        }
    }
}
