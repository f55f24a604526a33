import Foundation
import TestSupport
import Testing

/// `tessera mobile`, and the dialogue by hand of `tessera scan pair`.
@Suite struct MobileTests {
    private let folder: Folder
    private var bank: String { folder.path("bank.json") }
    private var phone: String { folder.path("phone.json") }

    init() throws {
        folder = try Folder()
        try folder.write("271828\n", to: "pin")
        try folder.write("314159\n", to: "wrong")
    }

    private func pair(_ options: String...) async throws {
        let arguments = ["mobile", "pair", "--bank", bank, "--device", phone, "--pin-file", folder.path("pin")]
        let outcome = try await Program.run(arguments + options)
        try #require(outcome.status == 0, "\(outcome.complaints)")
    }

    private func challenge() async throws {
        let arguments = ["scan", "challenge", "--bank", bank, "--png", folder.path("code.png"), "--lifetime", "3600"]
        let outcome = try await Program.run(arguments + ScanBench.payment)
        try #require(outcome.status == 0, "\(outcome.complaints)")
    }

    private func run(_ command: String, _ device: String? = nil, pin: String = "pin") async throws -> ChildProgram.Outcome {
        var arguments = ["mobile", command, "--device", device ?? phone, "--pin-file", folder.path(pin), folder.path("code.png")]
        if command == "approve" { arguments += ["--bank", bank] }
        return try await Program.run(arguments)
    }

    @Test func `a phone shows the operation, and with the right PIN its code is right`() async throws {
        try await pair()
        try await challenge()
        let read = try await run("read")
        #expect(read.status == 0 && read.complaints.contains("12.50 EUR"))
        let verify = try await Program.run("scan", "verify", "--bank", bank, read.text.trimmingCharacters(in: .newlines))
        #expect(verify.text == "Accepted.\n")
        #expect(try folder.names == ["bank.json", "code.png", "phone.json", "pin", "wrong"])
    }

    @Test func `with a wrong PIN there is a code as well, and only the bank says no`() async throws {
        try await pair()
        try await challenge()
        let read = try await run("read", pin: "wrong")
        #expect(read.status == 0 && read.text.count == 9)
        #expect(try await run("approve", pin: "wrong").text == "Refused.\n")
        #expect(try await run("approve").failure?.error == "no challenge waits for a code")
    }

    @Test(arguments: ["ed25519", "p256"])
    func `an online answer is checked, code and signature`(algorithm: String) async throws {
        try await pair("--answers", algorithm)
        try await challenge()
        let outcome = try await run("approve")
        #expect(outcome.status == 0 && outcome.text == "Accepted.\n", "\(outcome.complaints)")
    }

    @Test func `with the biometric shortcut no PIN is asked for`() async throws {
        try await pair("--biometric")
        try await challenge()
        let read = try await Program.run("mobile", "read", "--device", phone, "--yes", folder.path("code.png"))
        #expect(read.status == 0, "\(read.complaints)")
        let verify = try await Program.run("scan", "verify", "--bank", bank, read.text.trimmingCharacters(in: .newlines))
        #expect(verify.text == "Accepted.\n")
    }

    @Test func `a ticket moves to another phone once, and without one nothing is restored`() async throws {
        try await pair()
        let (ticket, new) = (folder.path("ticket"), folder.path("new.json"))
        let restore = ["mobile", "restore", "--bank", bank, "--device", new, "--ticket", ticket, "--pin-file", folder.path("pin")]
        try folder.write(#"{"device": "MOBILE-0001", "secret": [1, 2, 3]}"#, to: "ticket")
        let early = try await Program.run(restore)
        #expect(early.status == 1 && early.failure?.error == "this phone cannot be restored with this ticket")
        try FileManager.default.removeItem(atPath: ticket)

        let backup = try await Program.run("mobile", "backup", "--bank", bank, "--device", phone, "--ticket", ticket)
        #expect(backup.status == 0, "\(backup.complaints)")
        // It holds the phone's name and 16 random bytes, and nothing else.
        let fields = try JSONSerialization.jsonObject(with: folder.read("ticket")) as? [String: Any]
        #expect(fields?.keys.sorted() == ["device", "secret"] && (fields?["secret"] as? [Int])?.count == 16)
        let restored = try await Program.run(restore)
        #expect(restored.status == 0, "\(restored.complaints)")
        try await challenge()
        #expect(try await run("read").failure?.error == "the phone shows: Refused. The code is for another device")
        #expect(try await run("approve", new).text == "Accepted.\n")
        try FileManager.default.removeItem(atPath: new)
        #expect(try await Program.run(restore).status == 1)
    }

    @Test func `a PIN of another form, files that are there, and wrong uses are told`() async throws {
        try folder.write("12345\n", to: "short")
        let short = try await Program.run(
            "mobile", "pair", "--bank", bank, "--device", phone, "--pin-file", folder.path("short"))
        #expect(short.status == 1 && short.failure?.error.contains("PIN") == true, "\(short.complaints)")
        try await pair()
        let again = try await Program.run("mobile", "pair", "--bank", bank, "--device", phone, "--pin-file", folder.path("pin"))
        #expect(again.status == 2 && again.failure?.error.hasSuffix("is there already") == true)
        #expect(try await Program.run("mobile", "backup", "--bank", bank, "--device", phone).status == 2)
        let missing = try await Program.run("mobile", "read", "--device", folder.path("none"), folder.path("pin"))
        #expect(missing.status == 3)
    }
}

/// The dialogue of a pairing, with the codes typed.
@Suite struct PairingByHandTests {
    @Test func `the codes that the Scan shows for each picture are typed, a wrong one is told, and the pair works`() async throws {
        let folder = try Folder()
        let (bank, scan, png) = (folder.path("bank.json"), folder.path("scan.json"), folder.path("code.png"))
        let dialogue = try RunningProgram("scan", "pair", "--bank", bank, "--device", scan, "--by-hand", "--png", png)
        func code() async throws -> String {
            let read = try await Program.run("scan", "read", "--device", scan, "--yes", png)
            #expect(read.status == 0, "\(read.complaints)")
            return read.text
        }
        #expect(await eventually { dialogue.errors.contains("10 digits for the first QR code: ") })
        dialogue.type("0000000000\n")
        #expect(await eventually { dialogue.errors.contains("That is not right; 4 tries are left.") })
        let first = try await code()
        #expect(first.count == 11)
        dialogue.type(first)
        #expect(await eventually { dialogue.errors.contains("8 digits for the second QR code: ") })
        dialogue.type(try await code())
        #expect(await eventually { dialogue.errors.contains("serial number on the back: ") })
        dialogue.type("SCAN-0001\n")
        #expect(await eventually { dialogue.errors.contains("the third QR code, a login: ") })
        dialogue.type(try await code())
        let outcome = try await dialogue.end()
        #expect(outcome.status == 0, "\(outcome.complaints)")
        let challenge = try await Program.run("scan", "challenge", "--bank", bank, "--png", png, "--lifetime", "3600")
        #expect(challenge.status == 0, "\(challenge.complaints)")
        let verify = try await Program.run("scan", "verify", "--bank", bank, code().trimmingCharacters(in: .newlines))
        #expect(verify.text == "Accepted.\n")
        #expect(try folder.names == ["bank.json", "code.png", "scan.json"])
    }

    @Test func `five wrong codes end it`() async throws {
        let folder = try Folder()
        let outcome = try await Program.run(
            ["scan", "pair", "--bank", folder.path("b"), "--device", folder.path("d"), "--by-hand", "--png", folder.path("c.png")],
            input: String(repeating: "1\n", count: 5))
        #expect(outcome.status == 1)
        #expect(outcome.failure?.error == "the pairing is over: too many wrong answers")
    }
}

/// A Scan that is killed at some moment, again and again.
@Suite struct KilledScanTests {
    @Test func `a code that was shown has spent its place, whenever the Scan is killed`() async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge(png: "older.png")
        _ = try await bench.challenge(png: "newer.png")
        let fresh = try bench.folder.read("scan.json")
        var (killed, shown) = (0, 0)
        // Twelve runs, and then longer and longer ones until one has shown its code.
        for run in 0..<20 where run < 12 || shown == 0 {
            try fresh.write(to: bench.folder.url.appending(path: "scan.json"))
            let program = try RunningProgram("scan", "read", "--device", bench.device, "--yes", bench.path("newer.png"))
            // Somewhere between its start and its end; where, does not matter. The first one dies at once.
            if run > 0 { try await Task.sleep(for: .milliseconds(run < 12 ? 15 * run : 250 << (run - 12))) }
            program.send(SIGKILL)
            let outcome = try await program.end()
            killed += outcome.status == 128 + SIGKILL ? 1 : 0
            let older = try await bench.read("older.png", "--yes")
            if outcome.text.count == 9 {
                shown += 1
                #expect(older.failure?.error == "the Scan shows: Refused. The code was used before")
            } else {
                // Spent or not, the file is whole.
                #expect(older.status == 0 || older.failure?.error.hasPrefix("the Scan shows:") == true, "\(older.complaints)")
            }
        }
        #expect(killed > 0 && shown > 0)
    }
}
