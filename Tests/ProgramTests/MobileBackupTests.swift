import Foundation
import TestSupport
import Testing

/// `tessera mobile backup` and `restore` when something goes wrong on the way.
@Suite struct MobileBackupTests {
    private let folder: Folder
    private var bank: String { folder.path("bank.json") }
    private var phone: String { folder.path("phone.json") }

    init() async throws {
        folder = try Folder()
        try folder.write("271828\n", to: "pin")
        let pair = try await Program.run("mobile", "pair", "--bank", bank, "--device", phone, "--pin-file", folder.path("pin"))
        try #require(pair.status == 0, "\(pair.complaints)")
    }

    private func backup(_ ticket: String) async throws -> ChildProgram.Outcome {
        try await Program.run("mobile", "backup", "--bank", bank, "--device", phone, "--ticket", folder.path(ticket))
    }

    private func restore(_ ticket: String, pin: String = "pin") async throws -> ChildProgram.Outcome {
        try await Program.run(
            "mobile", "restore", "--bank", bank, "--device", folder.path("new.json"), "--ticket", folder.path(ticket), "--pin-file",
            folder.path(pin))
    }

    /// A folder in the draft's place: nothing can be written there.
    @Test(arguments: ["phone.json.new", "bank.json.new"])
    func `a backup that fails leaves the former ticket good`(draft: String) async throws {
        #expect(try await backup("first").status == 0)
        try FileManager.default.createDirectory(atPath: folder.path(draft), withIntermediateDirectories: false)
        let second = try await backup("second")
        #expect(
            second.status == 3 && second.failure?.hint == "check the folder, its rights, and the space on the disk"
                || second.status == 3 && second.failure?.error == "cannot write \"\(bank)\"", "\(second.complaints)")
        #expect(try !folder.names.contains("second"))
        try FileManager.default.removeItem(atPath: folder.path(draft))
        let restored = try await restore("first")
        #expect(restored.status == 0, "\(restored.complaints)")
    }

    @Test func `a full disk under the phone's file is told as that`() async throws {
        // 2048 bytes hold a ticket and the bank, and not the phone.
        let outcome = try await ChildProgram.run(
            "/bin/sh",
            ["-c", "ulimit -f 4; exec '\(Program.path)' mobile backup --bank '\(bank)' --device '\(phone)' --ticket '\(folder.path("t"))'"])
        #expect(outcome.status == 3)
        #expect(outcome.failure?.error.contains("The device cannot remember this") == true, "\(outcome.complaints)")
        #expect(outcome.failure?.hint == "check the folder, its rights, and the space on the disk")
        #expect(try folder.names == ["bank.json", "phone.json", "pin"])
    }

    @Test func `a ticket is no file that is there`() async throws {
        try folder.write("kept", to: "ticket")
        let outcome = try await backup("ticket")
        #expect(outcome.status == 2 && outcome.failure?.error == "\"\(folder.path("ticket"))\" is there already")
        #expect(try folder.read("ticket") == Data("kept".utf8))
    }

    @Test func `a ticket is its owner's alone, and worth nothing once the backup is off`() async throws {
        #expect(try await backup("ticket").status == 0)
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path("ticket"))[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let off = try await Program.run("mobile", "backup", "--bank", bank, "--device", phone, "--off")
        #expect(off.status == 0 && off.text == "The backup is off.\n", "\(off.complaints)")
        let names = try folder.names
        let restored = try await restore("ticket")
        #expect(restored.status == 1, "\(restored.complaints)")
        #expect(restored.failure?.error == "this phone cannot be restored with this ticket")
        #expect(try folder.names == names)
    }

    @Test func `a restoring with a PIN of another form spends nothing, and its retry works`() async throws {
        #expect(try await backup("ticket").status == 0)
        try folder.write("12\n", to: "short")
        let slip = try await restore("ticket", pin: "short")
        #expect(slip.status == 1, "\(slip.complaints)")
        #expect(try !folder.names.contains("new.json"))
        let again = try await restore("ticket")
        #expect(again.status == 0, "\(again.complaints)")
    }
}

/// Where a phone's PIN comes from, and what a slip leaves behind.
@Suite struct MobilePINTests {
    private let folder: Folder
    private var pair: [String] { ["mobile", "pair", "--bank", folder.path("bank"), "--device", folder.path("phone")] }

    init() throws { folder = try Folder() }

    @Test func `two different PINs, none, and Ctrl-C leave nothing that blocks the next pairing`() async throws {
        let slip = try await Program.run(pair, input: "111111\n222222\n")
        #expect(slip.status == 1 && slip.complaints.contains("New PIN again: "), "\(slip.complaints)")
        #expect(try folder.names.isEmpty)
        let nobody = try await Program.run(pair)
        #expect(nobody.status == 3 && nobody.failure?.error == "there is no terminal to type the PIN on", "\(nobody.complaints)")
        #expect(nobody.failure?.hint == "use --pin-file FILE or --pin-variable NAME")
        #expect(try folder.names.isEmpty)
        let program = try RunningProgram(pair)
        #expect(await program.says("New PIN (6 digits): "))
        program.send(SIGINT)
        #expect(try await program.end().status == 130)
        #expect(try folder.names.isEmpty)
        // The PIN twice, and once for the first login.
        let pair = try await Program.run(pair, input: "111111\n111111\n111111\n")
        #expect(pair.status == 0, "\(pair.complaints)")
    }

    @Test func `it may come from standard input, once, from the environment, and with the line end of other systems`() async throws {
        let pair = try await Program.run(pair + ["--pin-file", "-"], input: "271828\r\n")
        #expect(pair.status == 0, "\(pair.complaints)")
        let challenge = try await Program.run("scan", "challenge", "--bank", folder.path("bank"), "--png", folder.path("code.png"))
        #expect(challenge.status == 0, "\(challenge.complaints)")
        let read = try await Program.run(
            "mobile", "read", "--device", folder.path("phone"), "--pin-variable", "TESSERA_TEST_PIN", folder.path("code.png"),
            environment: ["TESSERA_TEST_PIN": "271828"])
        let verify = try await Program.run(
            "scan", "verify", "--bank", folder.path("bank"), read.text.trimmingCharacters(in: .newlines))
        #expect(verify.text == "Accepted.\n", "\(read.complaints) \(verify.complaints)")
    }

    @Test func `a file that is missing, and a folder, are told by name, and nothing is made`() async throws {
        for name in [folder.path("missing"), folder.url.path] {
            let outcome = try await Program.run(pair + ["--pin-file", name])
            #expect(outcome.status == 3 && outcome.failure?.error == "cannot read \"\(name)\"", "\(outcome.complaints)")
        }
        let both = try await Program.run(pair + ["--pin-file", "x", "--pin-variable", "Y"])
        #expect(both.status == 2)
        #expect(try folder.names.isEmpty)
    }
}
