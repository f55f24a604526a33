import Foundation
import TestSupport
import Testing

/// `tessera token`, beside oathtool.
@Suite struct TokenTests {
    private let folder: Folder
    private static let seed = "3132333435363738393031323334353637383930"

    init() throws {
        folder = try Folder()
        try folder.write(Self.seed + "\n", to: "seed.hex")
    }

    /// What `tessera token` says is one of oathtool's codes from just before on: a busy machine may take some steps over it.
    private func agrees(_ options: [String], _ oathtool: [String]) async throws {
        let codes = try await ChildProgram.run("oathtool", oathtool + ["--window", "40", Self.seed]).text.split(separator: "\n")
        let code = try await Program.run(["token", "--secret-file", folder.path("seed.hex")] + options)
        #expect(code.status == 0, "\(code.complaints)")
        #expect(codes.count == 41)
        #expect(codes.map { $0 + "\n" }.contains(Substring(code.text)))
    }

    @Test(arguments: [
        ([], ["--totp"]), (["--digits", "8"], ["--totp", "-d", "8"]), (["--period", "60"], ["--totp", "-s", "60s"]),
        (["--algorithm", "SHA256"], ["--totp=SHA256"]), (["--algorithm", "sha512", "--digits", "7"], ["--totp=SHA512", "-d", "7"]),
        (["--once"], ["--totp"]),
    ])
    func `the code is oathtool's`(options: [String], oathtool: [String]) async throws { try await agrees(options, oathtool) }

    @Test func `for a program there is the time that is left`() async throws {
        struct Reading: Decodable {
            let code: String
            let secondsLeft: Int
        }
        let reading: Reading = try await Program.run("token", "--secret-file", folder.path("seed.hex"), "--json").json()
        #expect(reading.code.count == 6 && reading.code.allSatisfy(\.isNumber))
        #expect((1...30).contains(reading.secondsLeft))
    }

    @Test func `the secret may come from standard input`() async throws {
        func file() async throws -> String {
            try await Program.run("token", "--secret-file", folder.path("seed.hex"), "--period", "86400").text
        }
        // Another day may begin meanwhile.
        let before = try await file()
        let pipe = try await Program.run("token", "--secret-file", "-", "--period", "86400", input: Self.seed)
        let after = try await file()
        #expect(pipe.status == 0 && pipe.text.count == 7, "\(pipe.complaints)")
        #expect([before, after].contains(pipe.text))
    }

    @Test(arguments: ["", "\n", "xyz", "313", "0x3132", "GEZDGNBVGY3TQOJQ", "\u{0}\u{1}"])
    func `what is no secret is told without showing it`(text: String) async throws {
        try folder.write(text, to: "bad.hex")
        let outcome = try await Program.run("token", "--secret-file", folder.path("bad.hex"))
        #expect(outcome.status == 2)
        #expect(outcome.failure?.error == "\"\(folder.path("bad.hex"))\" does not hold hexadecimal digits")
        #expect(outcome.failure?.hint == "write the secret as 40 digits, for 20 bytes; for one in Base32 add --base32")
        #expect(outcome.text.isEmpty)
    }

    @Test func `a file that is missing, or none, is told by name`() async throws {
        for name in [folder.path("missing.hex"), folder.url.path] {
            let outcome = try await Program.run("token", "--secret-file", name)
            #expect(outcome.status == 3)
            #expect(outcome.failure?.error == "cannot read \"\(name)\"")
            #expect(outcome.failure?.hint == "check that it is a file and that you may read it")
        }
    }

    @Test(arguments: ["5", "11", "-1"])
    func `a code of other lengths does not exist`(digits: String) async throws {
        let outcome = try await Program.run("token", "--secret-file", folder.path("seed.hex"), "--digits=\(digits)")
        #expect(outcome.status == 2)
        #expect(outcome.failure?.error == "a code of \(digits) digits")
        #expect(outcome.failure?.hint == "take 6 to 10")
    }

    @Test func `on a terminal it goes on until Ctrl-C, which is its end`() async throws {
        let program = try RunningProgram.onTerminal(
            "\(Program.path) token --secret-file \(folder.path("seed.hex")); echo ended $?",
            environment: ["TERM": "xterm"])
        #expect(await program.says(" s"))
        program.type("\u{3}")
        #expect(await program.says("ended 0"))
        _ = try await program.end()
        #expect(program.output.contains("▮") || program.output.contains("▯"))
    }

    @Test func `a terminal that can do nothing gets one line, without escape codes`() async throws {
        let line = "TERM=dumb '\(Program.path)' token --secret-file '\(folder.path("seed.hex"))'; echo ended $?"
        let outcome = try await RunningProgram.onTerminal(line).end()
        let lines = outcome.text.split(whereSeparator: \.isNewline)
        #expect(lines.count == 2 && lines.first?.count == 6 && lines.last == "ended 0", "\(outcome.text.debugDescription)")
        #expect(!outcome.text.contains("\u{1B}"))
    }

    @Test func `in a locale without letters the bar has none`() async throws {
        let program = try RunningProgram.onTerminal(
            "LC_ALL=C '\(Program.path)' token --secret-file '\(folder.path("seed.hex"))'", environment: ["TERM": "xterm"])
        #expect(await program.says(" s"))
        program.type("\u{3}")
        _ = try await program.end()
        #expect(program.output.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test func `a secret that is typed at a terminal does not show`() async throws {
        let program = try RunningProgram.onTerminal("'\(Program.path)' token --secret-file - --once; echo ended $?")
        #expect(await program.says("Secret of standard input: "))
        program.type(Self.seed + "\n")
        #expect(await program.says("ended 0"))
        _ = try await program.end()
        #expect(!program.output.contains("3132"), "\(program.output)")
    }

    @Test func `Ctrl-C while the secret is awaited breaks off`() async throws {
        let program = try RunningProgram("token", "--secret-file", "-")
        program.type("31")
        #expect(await program.handles(SIGINT))
        program.send(SIGINT)
        #expect(try await program.end().status == 130)
    }
}
