import Foundation
import TestSupport
import Testing

/// What the Scan's display says no to, told in its own words.
@Suite struct ScanRefusalTests {
    private func refused(_ outcome: ChildProgram.Outcome, _ reasons: String...) {
        #expect(outcome.status == 1)
        #expect(outcome.text.isEmpty)
        #expect(reasons.map { "the Scan shows: Refused. \($0)" }.contains(outcome.failure?.error ?? ""), "\(outcome.complaints)")
        #expect(outcome.failure?.hint == "ask the bank for a new code; if it is refused again, report it")
    }

    @Test func `a challenge for another device`() async throws {
        let (mine, other) = (try await ScanBench(), try await ScanBench())
        _ = try await other.challenge()
        try FileManager.default.copyItem(atPath: other.path("code.png"), toPath: mine.path("code.png"))
        refused(try await mine.read("code.png", "--yes"), "The code is for another device")
    }

    @Test(arguments: [20, 60, 120, 180])
    func `an altered challenge`(place: Int) async throws {
        let bench = try await ScanBench()
        var text = Array(try await bench.challenge().text)
        text[place] = text[place] == "A" ? "B" : "A"
        try bench.folder.write(String(text), to: "altered.txt")
        refused(
            try await bench.read("altered.txt", "--yes"), "The code is not from your bank, or was altered",
            "The code is damaged: scan it again", "The code is for another device")
        #expect(try await bench.read("code.png", "--yes").status == 0)
    }

    @Test func `an older challenge, once a newer one was accepted`() async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge(png: "older.png")
        _ = try await bench.challenge(png: "newer.png")
        #expect(try await bench.read("newer.png", "--yes").status == 0)
        refused(try await bench.read("older.png", "--yes"), "The code was used before")
        // The newest one shows the same code again.
        #expect(try await bench.read("newer.png").status == 0)
    }

    @Test func `a challenge that is too old; and its code, which comes too late`() async throws {
        let bench = try await ScanBench()
        // A slow machine gets more time to read it.
        for lifetime in [1, 5, 25, 50] {
            _ = try await bench.challenge(lifetime: lifetime)
            let code = try await bench.read("code.png", "--yes")
            guard code.status == 0 else { continue }
            var last = code
            #expect(
                try await eventually {
                    last = try await bench.read("code.png", "--yes")
                    return last.status == 1
                })
            refused(last, "The code is too old")
            let verify = try await bench.verify(code.text.trimmingCharacters(in: .newlines))
            #expect(verify.status == 1)
            #expect(verify.failure?.error == "the code is right, and too late")
            return
        }
        Issue.record("50 seconds were not enough to read a picture")
    }

    @Test func `a text that is no challenge`() async throws {
        let bench = try await ScanBench()
        try bench.folder.write("SC1:", to: "empty.txt")
        refused(try await bench.read("empty.txt", "--yes"), "The code is damaged: scan it again")
        let png = try await ChildProgram.run("qrencode", ["-o", bench.path("page.png"), "https://bank.example"])
        #expect(png.status == 0)
        refused(try await bench.read("page.png", "--yes"), "This is not a code of a bank")
    }

    @Test func `a picture that is none, is cut off, or shows no code, or two`() async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge()
        let png = try bench.folder.read("code.png")
        try bench.folder.write("GIF89a", to: "other.gif")
        try png.prefix(png.count / 2).write(to: bench.folder.url.appending(path: "cut.png"))
        try Data().write(to: bench.folder.url.appending(path: "empty.png"))
        let white = [UInt8](repeating: 255, count: 64 * 64)
        try Data(Array("P5 64 64 255\n".utf8) + white).write(to: bench.folder.url.appending(path: "white.pgm"))
        for (name, error, hint) in [
            ("other.gif", "neither a PNG nor a JPEG file", "convert the picture to one of them"),
            ("cut.png", "the PNG file is damaged or cut off", "take the picture again"),
            ("empty.png", "neither a PNG nor a JPEG file", "convert the picture to one of them"),
            ("white.pgm", "neither a PNG nor a JPEG file", "convert the picture to one of them"),
        ] {
            let outcome = try await bench.read(name, "--yes")
            #expect(outcome.status == 1)
            #expect(outcome.failure?.error == error)
            #expect(outcome.failure?.hint == hint)
        }
    }

    @Test func `a picture without a code`() async throws {
        let bench = try await ScanBench()
        try Data(BlankPNG.bytes).write(to: bench.folder.url.appending(path: "blank.png"))
        let outcome = try await bench.read("blank.png", "--yes")
        #expect(outcome.status == 1)
        #expect(outcome.failure?.error == "there is no QR code in \"\(bench.path("blank.png"))\"")
        #expect(outcome.failure?.hint == "take the whole code with its light border")
    }
}

/// A PNG of a single white pixel.
private enum BlankPNG {
    static let bytes: [UInt8] =
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        + [0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x3A, 0x7E, 0x9B, 0x55]
        + [0, 0, 0, 10, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9C, 0x63, 0xF8, 0x0F, 0x00, 0x01, 0x01, 0x01, 0x00, 0xB1, 0x38, 0xF6, 0x14]
        + [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82]
}
