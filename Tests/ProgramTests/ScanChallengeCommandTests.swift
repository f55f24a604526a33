import Foundation
import TestSupport
import Testing

/// `tessera scan challenge`: batches and what else it can be.
@Suite struct ScanChallengeCommandTests {
    private func rows(_ count: Int, payee: String = "Bakery") -> String {
        let rows = (1...count).map { #"{"iban": "\#(ScanBench.iban)", "payee": "\#(payee) \#($0)", "amount": "\#($0).50"}"# }
        return "[" + rows.joined(separator: ",\n") + "]"
    }

    private func options(_ bench: ScanBench, _ file: String, _ more: String...) throws -> [String] {
        try bench.folder.write(file, to: "batch.json")
        return ["--batch", bench.path("batch.json")] + more
    }

    /// The pixels of what was printed, in a picture for zbar.
    private func drawn(_ text: String) -> Data {
        let lines = text.split(separator: "\n").map { line in line.enumerated().filter { $0.offset.isMultiple(of: 2) }.map { $0.element } }
        let width = lines.first?.count ?? 0
        var pixels: [UInt8] = []
        for line in lines {
            let row = line.flatMap { [UInt8](repeating: $0 == "#" ? 255 : 0, count: 4) }
            for _ in 0..<4 { pixels += row }
        }
        return Data(Array("P5 \(4 * width) \(4 * lines.count) 255\n".utf8) + pixels)
    }

    @Test(arguments: [("", "--ascii"), ("LC_ALL=C", "")])
    func `without letters it is drawn with number signs, and zbar reads it`(locale: String, option: String) async throws {
        let bench = try await ScanBench()
        let outcome = try await ChildProgram.run(
            "/bin/sh", ["-c", "\(locale) '\(Program.path)' scan challenge --bank '\(bench.bank)' \(option)"])
        #expect(outcome.text.utf8.allSatisfy { [0x20, 0x0A, 0x23].contains($0) }, "\(outcome.complaints)")
        try drawn(outcome.text).write(to: bench.folder.url.appending(path: "drawn.pgm"))
        let texts = try await zbarimg(bench.path("drawn.pgm"))
        try bench.folder.write(texts.first ?? "", to: "text")
        let read = try await bench.read("text", "--yes")
        #expect(read.status == 0, "\(read.complaints)")
    }

    @Test func `a terminal that can do nothing gets no escape codes`() async throws {
        let bench = try await ScanBench()
        let line = "TERM=dumb '\(Program.path)' scan challenge --bank '\(bench.bank)'"
        let outcome = try await RunningProgram.onTerminal(line).end()
        #expect(outcome.text.contains("##") && !outcome.text.contains("\u{1B}"))
    }

    @Test func `a batch goes from the bank to the Scan and back`() async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge(options(bench, rows(2)))
        let read = try await bench.read("code.png", "--yes")
        for text in ["Batch", "4.00 EUR", "Payments", ScanBench.iban, "Bakery 1", "1.50 EUR", "Bakery 2", "2.50 EUR"] {
            #expect(read.complaints.contains(text), "\(text)")
        }
        #expect(try await bench.verify(read.text.trimmingCharacters(in: .newlines)).status == 0)
    }

    @Test func `a larger one is for trusted beneficiaries, and shows total and count`() async throws {
        let bench = try await ScanBench()
        let refused = try await Program.run(["scan", "challenge", "--bank", bench.bank] + options(bench, rows(5)))
        #expect(refused.status == 2)
        #expect(refused.failure?.error.contains("of 5 payments, 4 can be shown") == true)
        _ = try await bench.challenge(options(bench, rows(5), "--trusted", "--currency", "USD"))
        let read = try await bench.read("code.png", "--yes")
        #expect(read.complaints.contains("Batch to trusted beneficiaries") && read.complaints.contains("17.50 USD"))
        #expect(!read.complaints.contains("Bakery"))
        #expect(try await bench.verify(read.text.trimmingCharacters(in: .newlines)).status == 0)
    }

    @Test func `one that no QR code holds is refused with its size, and costs no place in the order`() async throws {
        let bench = try await ScanBench()
        let former = try bench.folder.read("bank.json")
        let large = rows(4, payee: String(repeating: "x", count: 100))
        let refused = try await Program.run(["scan", "challenge", "--bank", bench.bank] + options(bench, large))
        #expect(refused.status != 0)
        #expect(refused.failure?.error.contains("its QR code holds 600") == true, "\(refused.complaints)")
        #expect(refused.failure?.hint.contains("split a batch") == true)
        #expect(try bench.folder.read("bank.json") == former)
    }

    @Test(arguments: [
        "", "{}", "[{}]", #"[{"iban": 1}]"#, #"[{"iban": "LU28 0019 4006 4475 0000", "payee": "x", "amount": 1.5}]"#, "[",
    ])
    func `a file that lists no payments is told as such`(file: String) async throws {
        let bench = try await ScanBench()
        let outcome = try await Program.run(["scan", "challenge", "--bank", bench.bank] + options(bench, file))
        #expect(outcome.status == 2)
        #expect(outcome.failure?.error.contains("does not list the payments of a batch") == true, "\(outcome.complaints)")
    }

    @Test func `an empty list, a wrong IBAN and a wrong amount are told by field`() async throws {
        let bench = try await ScanBench()
        for (file, reason) in [
            ("[]", "it has no payments"), (rows(1).replacing("LU28", with: "LU29"), "not an IBAN"),
            (rows(1).replacing("1.50", with: "1,50"), "not an amount"),
        ] {
            let outcome = try await Program.run(["scan", "challenge", "--bank", bench.bank] + options(bench, file))
            #expect(outcome.status == 2)
            #expect(outcome.failure?.error.contains(reason) == true, "\(outcome.complaints)")
        }
    }

    @Test(arguments: [
        ["--trusted"], ["--iban", "x"], ["--amount", "1"], ["--activate", "x"], ["--rule", "x"], ["--reference", "x"],
        ["--rule", "x", "--role", "x", "--signature", "1"], ["--rule", "x", "--role", "x", "--signature", "2/1"] + ScanBench.payment,
        ["--rule", "x", "--role", "x", "--signature", "1/2"], ["--svg", "x", "--png", "x"],
        ["--activate", "x", "--new-device", "x", "--batch", "x"],
        ["--batch", "a", "--iban", ScanBench.iban, "--amount", "1", "--payee", "x"],
    ])
    func `options that contradict each other are refused`(options: [String]) async throws {
        let bench = try await ScanBench()
        #expect(try await Program.run(["scan", "challenge", "--bank", bench.bank] + options).status == 2)
    }

    @Test func `a beneficiary, a new device, and one of several signatures are shown as that`() async throws {
        let bench = try await ScanBench()
        let beneficiary = ["--iban", ScanBench.iban, "--payee", "Bakery"]
        let role = ["--rule", "R-7", "--role", "Director", "--signature", "1/2"]
        for (options, shown) in [
            (beneficiary, ["New beneficiary", ScanBench.iban, "Bakery"]),
            (["--activate", "Mobile", "--new-device", "M-0001"], ["New device", "Mobile", "M-0001"]),
            (ScanBench.payment + role, ["Payment", "12.50 EUR", "R-7", "Director", "1 of 2"]),
        ] {
            _ = try await bench.challenge(options)
            let read = try await bench.read("code.png", "--yes")
            for text in shown { #expect(read.complaints.contains(text), "\(text) in \(read.complaints)") }
            #expect(try await bench.verify(read.text.trimmingCharacters(in: .newlines)).status == 0)
        }
    }

    @Test func `both pictures of a challenge have the same code`() async throws {
        let bench = try await ScanBench()
        let challenge = try await bench.challenge(ScanBench.payment + ["--svg", bench.path("code.svg")])
        let drawn = bench.path("drawn.png")
        let outcome = try await ChildProgram.run("rsvg-convert", ["--output", drawn, bench.path("code.svg")])
        #expect(outcome.status == 0, "\(outcome.complaints)")
        let read = try await ChildProgram.run("zbarimg", ["--quiet", "--raw", drawn, bench.path("code.png")])
        #expect(read.text == "\(challenge.text)\n\(challenge.text)\n")
    }
}
