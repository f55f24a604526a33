import Emulation
import Foundation
import TestSupport
import Testing

@testable import tessera

/// `tessera readers` and `tessera emulate`, which show each other's work.
@Suite struct ReadersTests {
    private func withSlot(_ body: (PrivatePCSCD.Slot, [String: String]) async throws -> Void) async throws {
        let service = try await PrivatePCSCD.shared
        try await service.withSlot { slot in try await body(slot, ["PCSCLITE_CSOCK_NAME": service.socket]) }
    }

    @Test func `all readers are listed, for people and for programs`() async throws {
        let service = try await PrivatePCSCD.shared
        try await PluggedCard.with { plugged in
            let slots: [Slot] = try await Program.run("readers", "--json", environment: plugged.environment).json()
            #expect(slots.map(\.reader) == service.slots.map(\.reader))
            // What is in the others, other tests are changing.
            let mine = try #require(slots.first { $0.reader == plugged.reader })
            #expect(mine.state.hasPrefix("a card") && mine.atr?.hasPrefix("3B") == true)
            let human = try await Program.run("readers", environment: plugged.environment)
            #expect(human.status == 0)
            for slot in service.slots { #expect(human.text.contains("\(slot.reader)\n  ")) }
            let told = human.text.components(separatedBy: "\(plugged.reader)\n  ").last?.split(separator: "\n").first ?? ""
            #expect(told.hasPrefix("a card") && told.contains(", ATR 3B"), "\(human.text)")
        }
    }

    @Test func `a card that comes and goes is told line by line, until Ctrl-C`() async throws {
        try await withSlot { slot, environment in
            let program = try RunningProgram("readers", "--watch", environment: environment)
            #expect(await program.says("  \(slot.reader)  empty\n"))
            let card = try VirtualCard.piv(holder: "Test Holder", keys: .p256, authority: TestAuthority(now: Date()), now: Date())
            let place = try await VPCDSlot.inserting(card, host: "127.0.0.1", port: slot.port, patience: .patient)
            // The slot may have shown the card of another test before it was empty: ours comes after that.
            let empty = "  \(slot.reader)  empty\n"
            #expect(
                await eventually {
                    program.output.components(separatedBy: empty).last?.contains("  \(slot.reader)  a card, ATR 3B") == true
                })
            let told = program.output.components(separatedBy: empty).count
            await place.remove()
            #expect(await eventually { program.output.components(separatedBy: empty).count > told })
            program.send(SIGINT)
            let outcome = try await program.end()
            #expect(outcome.status == 0)
            #expect(outcome.complaints.isEmpty)
            for line in outcome.text.split(separator: "\n") { #expect(line.contains(#/^\d\d:\d\d:\d\d  Tessera /#), "\(line)") }
        }
    }

    @Test func `for a program each change is one line of JSON`() async throws {
        try await withSlot { slot, environment in
            let program = try RunningProgram("readers", "--watch", "--json", environment: environment)
            #expect(await program.says("\"reader\":\"\(slot.reader)\""))
            let card = try VirtualCard.piv(holder: "Test Holder", keys: .p256, authority: TestAuthority(now: Date()), now: Date())
            let place = try await VPCDSlot.inserting(card, host: "127.0.0.1", port: slot.port, patience: .patient)
            #expect(
                await eventually {
                    let last = program.output.split(separator: "\n").last.map { Data($0.utf8) } ?? Data()
                    let slots = (try? JSONDecoder().decode([Slot].self, from: last)) ?? []
                    return slots.contains { $0.reader == slot.reader && $0.atr?.hasPrefix("3B") == true }
                })
            await place.remove()
            program.send(SIGTERM)
            let outcome = try await program.end()
            #expect(outcome.status == 0)
            for line in outcome.text.split(separator: "\n") {
                #expect(throws: Never.self) { try JSONDecoder().decode([Slot].self, from: Data(line.utf8)) }
            }
        }
    }

    @Test func `without pcscd the watch waits, and says for what`() async throws {
        let program = try RunningProgram("readers", "--watch")
        #expect(await program.says("tessera: waiting: the smartcard service is not running"))
        #expect(await program.says("  no readers\n"))
        program.send(SIGINT)
        #expect(try await program.end().status == 0)
    }

    @Test func `an emulated card is one that OpenSC sees, until Ctrl-C takes it out`() async throws {
        try await withSlot { slot, environment in
            let folder = try Folder()
            let program = try RunningProgram(
                "emulate", "smartcard", "--vpcd", "127.0.0.1:\(slot.port)", "--keys", "p256", "--holder", "Jo Test", "--root",
                folder.path("root.pem"), environment: environment)
            #expect(await program.says("Ctrl-C takes it out."))
            // pcscd sees it a moment later.
            var seen = ""
            let isSeen = try await eventually {
                seen = try await ChildProgram.run("opensc-tool", ["--reader", slot.reader, "-a"], environment: environment).text
                return seen.hasPrefix("3b:8f:80:01:80:73:c0:21")
            }
            #expect(isSeen, "\(seen)")
            let pem = try await Program.run(
                ["card", "certificates", "--reader", slot.reader, "--key", "authentication", "--pem"], environment: environment)
            try folder.write(pem.text, to: "card.pem")
            let verify = try await ChildProgram.run("openssl", ["verify", "-CAfile", folder.path("root.pem"), folder.path("card.pem")])
            #expect(verify.status == 0, "\(verify.complaints)")
            let subject = try await ChildProgram.run("openssl", ["x509", "-noout", "-subject", "-in", folder.path("card.pem")])
            #expect(subject.text.contains("Jo Test"))
            program.send(SIGINT)
            let outcome = try await program.end()
            #expect(outcome.status == 0)
            #expect(outcome.text.split(separator: "\n").last == "The card is out.")
            #expect(outcome.complaints.isEmpty)
        }
    }

    @Test(
        arguments: [
            (["--application", "pkcs15", "--keys", "p256"], "A PKCS#15 card (p256,", "3b:f5:18:00:02:80:01:4f:73:45:49:44:1a"),
            (
                ["--application", "ias-classic", "--keys", "rsa2048"], "An IAS Classic card (",
                "3b:7f:96:00:00:80:31:80:65:b0:85:05:00:11:12:0f:ff:82:90:00"
            ),
            (
                ["--application", "classic-v3", "--keys", "rsa2048"], "A Classic V3 card (",
                "3b:7d:96:00:00:80:31:80:65:b0:83:02:01:f3:83:00:90:00"
            ),
            (
                ["--keys", "p256", "--no-extended", "--holder=Jo Test"], "A PIV card (",
                "3b:8f:80:01:80:73:c0:21:80:f9:a0:00:00:03:08:00:00:10:00:de"
            ),
            (["--keys", "p256", "--transport", "t0"], "A PIV card (", "3b:0f:80:73:c0:21:80:f9:a0:00:00:03:08:00:00:10:00"),
        ])
    func `an emulated card is what it was asked to be`(options: [String], said: String, atr: String) async throws {
        try await withSlot { slot, environment in
            let program = try RunningProgram(
                "emulate", "smartcard", "--vpcd", "127.0.0.1:\(slot.port)", options[0], options[1], options[2], options[3],
                environment: environment)
            #expect(await program.says(said))
            // The slot may show the card of another test for a moment.
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

    @Test func `where nothing listens, the hint says what would`() async throws {
        let outcome = try await Program.run("emulate", "smartcard", "--vpcd", "127.0.0.1:1", "--keys", "p256")
        #expect(outcome.status == 3)
        #expect(outcome.failure?.error == "nothing listens on 127.0.0.1:1")
        #expect(outcome.failure?.hint.contains("vsmartcard-vpcd") == true)
        let host = try await Program.run("emulate", "smartcard", "--vpcd", "no-such-host.invalid:1", "--keys", "p256")
        #expect(host.status == 3)
        #expect(host.failure?.error.contains("no-such-host.invalid") == true)
    }

    @Test(arguments: ["", String(repeating: "x", count: 65)])
    func `a name that no certificate can have is a matter of usage`(holder: String) async throws {
        let outcome = try await Program.run("emulate", "smartcard", "--vpcd", "127.0.0.1:1", "--keys", "p256", "--holder", holder)
        #expect(outcome.status == 2)
        #expect(outcome.failure?.error.contains("1 to 64 characters") == true)
        #expect(outcome.failure?.hint == "choose another name with --holder")
    }

    @Test func `an IPv6 address stands in brackets`() {
        #expect(Endpoint(argument: "[::1]:35963").map { [$0.host, "\($0.port)"] } == ["::1", "35963"])
        #expect(Endpoint(argument: "[::1]:35963")?.description == "[::1]:35963")
        #expect(Endpoint(argument: "localhost:1")?.description == "localhost:1")
        #expect(Endpoint(argument: "localhost:1").map { [$0.host, "\($0.port)"] } == ["localhost", "1"])
        for text in ["", ":", "localhost", "localhost:", ":5", "a:0", "a:65536", "a:-1", "a:1 "] {
            #expect(Endpoint(argument: text) == nil, "\(text)")
        }
    }
}
