import Foundation
import TestSupport
import Testing

/// `tessera scan`: the bank in one file, the Scan in another, a picture between them.
@Suite struct ScanTests {
    @Test func `a payment goes from the bank to the Scan and back, through a picture that zbarimg reads too`() async throws {
        let bench = try await ScanBench()
        let challenge = try await bench.challenge()
        #expect(try await zbarimg(bench.path("code.png")) == [challenge.text])
        #expect(challenge.text.hasPrefix("SC1:"))
        #expect(challenge.expiresAt > Date())

        let read = try await bench.read(input: "y\n")
        #expect(read.status == 0)
        for line in ["Payment", "bank.example", ScanBench.iban, "12.50 EUR", "Bakery", "Agree? [y/N] "] {
            #expect(read.complaints.contains(line), "\(line)")
        }
        let code = read.text.trimmingCharacters(in: .newlines)
        #expect(code.count == 8 && code.allSatisfy(\.isNumber))

        let verify = try await bench.verify(code)
        #expect(verify.status == 0)
        #expect(verify.text == "Accepted.\n")
    }

    @Test func `a code is good once`() async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge()
        let code = try await bench.read("code.png", "--yes").text.trimmingCharacters(in: .newlines)
        #expect(try await bench.verify(code).status == 0)
        let again = try await bench.verify(code)
        #expect(again.status == 1)
        #expect(again.failure?.error == "no challenge waits for a code")
        #expect(again.failure?.hint == "make one with \"tessera scan challenge\"")
    }

    @Test func `a wrong code spends the challenge`() async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge()
        let code = try await bench.read("code.png", "--yes").text.trimmingCharacters(in: .newlines)
        let wrong = try await bench.verify(code == "00000000" ? "00000001" : "00000000")
        #expect(wrong.status == 1)
        #expect(wrong.text == "Refused.\n")
        #expect(wrong.failure?.error == "not the code of the challenge that was made last")
        #expect(try await bench.verify(code).status == 1)
    }

    @Test(arguments: ["", "1234567", "123456789", "abcdefgh", "１２３４５６７８"])
    func `what is no code at all is refused as a wrong one is`(code: String) async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge()
        let outcome = try await Program.run("scan", "verify", "--bank", bench.bank, "--json", "--", code)
        #expect(outcome.status == 1)
        #expect(try outcome.json([String: Bool].self) == ["accepted": false])
    }

    @Test func `a login is drawn on the terminal, and its text is read as well as a picture`() async throws {
        let bench = try await ScanBench()
        let drawing = try await Program.run("scan", "challenge", "--bank", bench.bank, "--place", "Esch", "--browser", "Lynx").text
        let screen = try TerminalScreen(showing: drawing, ink: 255, ground: 0)
        try Data(screen.pgm).write(to: bench.folder.url.appending(path: "screen.pgm"))
        let texts = try await zbarimg(bench.path("screen.pgm"))
        try #require(texts.count == 1)
        try bench.folder.write(texts[0] + "\n", to: "code.txt")
        let read = try await bench.read("code.txt", "--yes", "--json")
        #expect(read.status == 0)
        #expect(read.complaints.contains("Esch") && read.complaints.contains("Lynx"))
        let answer = try read.json(Answer.self)
        #expect(answer.screen == ["Login", "Origin: bank.example", "Place: Esch", "Browser: Lynx", "Code: \(answer.code)"])
        #expect(try await bench.verify(answer.code).status == 0)
    }

    private struct Answer: Decodable {
        let code: String
        let screen: [String]
    }

    @Test func `a picture may come through standard input, when nobody has to answer there`() async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge()
        let outcome = try await ChildProgram.run(
            Program.path, ["scan", "read", "--device", bench.device, "--yes", "-"], input: bench.folder.read("code.png"))
        #expect(outcome.status == 0)
        #expect(outcome.text.count == 9)
    }

    @Test(arguments: ["n\n", "\n", "yes please\n"])
    func `who declines gets no code, and may still agree later`(answer: String) async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge()
        let declined = try await bench.read(input: answer)
        #expect(declined.status == 1)
        #expect(declined.text.isEmpty)
        #expect(declined.failure?.error == "the request was declined on \"Scan SCAN-0001\"")
        #expect(declined.failure?.hint == "nothing was signed; start again if that was a mistake")
        #expect(try await bench.read(input: "y\n").status == 0)
    }

    @Test func `the question ends its line, so that the error begins one`() async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge()
        for input in ["n\n", "n", ""] {
            let outcome = try await bench.read(input: input)
            #expect(outcome.complaints.contains("Agree? [y/N] \ntessera: error: "))
        }
    }

    @Test func `nobody to ask is a matter of the environment`() async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge()
        let outcome = try await bench.read()
        #expect(outcome.status == 3)
        #expect(outcome.failure?.error == "there is no terminal to agree on")
    }

    @Test(arguments: [
        (["--iban", "LU29 0019 4006 4475 0000", "--amount", "1", "--payee", "x"], "not an IBAN"),
        (["--iban", ScanBench.iban, "--amount", "1,5", "--payee", "x"], "not an amount"),
        (["--iban", ScanBench.iban, "--amount", "0", "--payee", "x"], "more than zero"),
        (["--iban", ScanBench.iban, "--amount", "1", "--payee", ""], "may not be empty"),
        (["--iban", ScanBench.iban, "--amount", "1", "--payee", "a\u{202E}b"], "U+202E"),
        (["--iban", ScanBench.iban, "--amount", "1", "--payee", "x", "--currency", "XYZ"], "not a currency"),
        (["--lifetime", "0"], "1 to 86400 seconds"),
    ])
    func `what cannot be a challenge is refused by field, and costs no place in the order`(options: [String], reason: String) async throws {
        let bench = try await ScanBench()
        let former = try bench.folder.read("bank.json")
        let outcome = try await Program.run(["scan", "challenge", "--bank", bench.bank] + options)
        #expect(outcome.status == 2)
        #expect(outcome.failure?.error.contains(reason) == true, "\(outcome.complaints)")
        #expect(outcome.failure?.hint == "correct it and repeat")
        #expect(try bench.folder.read("bank.json") == former)
    }
}

/// Two programs at one state file.
@Suite struct StateLockTests {
    @Test func `one code that is sent eight times at once is accepted once`() async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge()
        let code = try await bench.read("code.png", "--yes").text.trimmingCharacters(in: .newlines)
        let accepted = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 { group.addTask { try await bench.verify(code).status == 0 } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(accepted == 1)
    }

    @Test func `challenges made at once each have a place of their own in the order`() async throws {
        let bench = try await ScanBench()
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<6 { group.addTask { try await bench.challenge(png: "\(number).png").text } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(texts.count == 6)
        // Read in some order, each is newer than the last or refused; the newest is always readable.
        var readable = 0
        for number in 0..<6 { readable += try await bench.read("\(number).png", "--yes").status == 0 ? 1 : 0 }
        #expect(readable >= 1)
    }
}
