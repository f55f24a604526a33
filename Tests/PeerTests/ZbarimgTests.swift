import Pictures
import TestSupport
import Testing

/// `zbarimg` reads what we draw, and our reader reads what `qrencode` draws.
@Suite struct ZbarimgTests {
    private static let alphanumeric = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")

    private static func text(length: Int, using random: inout some RandomNumberGenerator) -> String {
        "SC1:" + String((0..<length - 4).compactMap { _ in alphanumeric.randomElement(using: &random) })
    }

    /// The texts of the QR codes that zbarimg finds; it ends with 4 when it finds none.
    private func zbarimg(_ file: [UInt8], suffix: String) async throws -> [String] {
        try await Program.withFile(file, suffix: suffix) { path in
            try await Program.lines("zbarimg", ["-q", "--nodbus", "--raw", "-Sdisable", "-Sqrcode.enable", path], success: [0, 4])
        }
    }

    @Test(arguments: [5, 20, 61, 154, 155, 280, 311, 450, 599, 600])
    func `zbarimg reads the PNG file`(length: Int) async throws {
        var random = SeededGenerator(seed: UInt64(length))
        for modulePixels in [3, 8] {
            let text = Self.text(length: length, using: &random)
            let png = try QRCode(encoding: text).png(modulePixels: modulePixels)
            #expect(try await zbarimg(png, suffix: ".png") == [text])
        }
    }

    @Test(arguments: ["https://example.lu/?a=b&c=d", "Grüße aus Lëtzebuerg", "例え €"])
    func `zbarimg reads letters of all kinds`(text: String) async throws {
        #expect(try await zbarimg(QRCode(encoding: text).png(), suffix: ".png") == [text])
    }

    @Test(arguments: [15, 60, 280, 450, 600])
    func `zbarimg reads the terminal, whatever its colours`(length: Int) async throws {
        var random = SeededGenerator(seed: UInt64(length))
        let text = Self.text(length: length, using: &random)
        let code = try QRCode(encoding: text)
        for (form, ink, ground) in [
            (TerminalForm.colour, 255, 0), (.colour, 0, 255), (.colour, 10, 110), (.plain(on: .dark), 255, 0), (.plain(on: .light), 0, 255),
            (.plain(on: .dark), 220, 40), (.ascii(on: .dark), 255, 0), (.ascii(on: .light), 0, 255),
        ] as [(TerminalForm, UInt8, UInt8)] {
            let screen = try TerminalScreen(showing: code.terminalText(form), ink: ink, ground: ground)
            #expect(try await zbarimg(screen.pgm, suffix: ".pgm") == [text], "\(form) in \(ink) on \(ground)")
        }
    }

    @Test func `zbarimg reads nothing where nothing is`() async throws {
        let screen = try TerminalScreen(showing: "## ##\n", ink: 0, ground: 255)
        #expect(try await zbarimg(screen.pgm, suffix: ".pgm") == [])
    }

    @Test(arguments: ["L", "M", "Q", "H"])
    func `our reader reads what qrencode draws, at every level of correction`(level: String) async throws {
        var random = SeededGenerator(seed: 18004)
        for length in [5, 100, 300] {
            let text = Self.text(length: length, using: &random)
            for options in [["-s", "3"], ["-s", "6", "-m", "2"], ["-8"], ["-t", "PNG32", "--background=FFFFFF00"]] {
                let png = try await Program.output("qrencode", ["-l", level, "-o", "-"] + options + [text])
                #expect(try QRReader.texts(in: png) == [text], "\(options)")
            }
        }
    }

    @Test(arguments: [7, 20, 178, 311, 600])
    func `our code and qrencode's have the same modules`(length: Int) async throws {
        var random = SeededGenerator(seed: UInt64(length))
        let text = Self.text(length: length, using: &random).replacing(/[0-9]/, with: "A")  // qrencode would split off runs of digits
        let code = try QRCode(encoding: text)
        let theirs = try await Program.output("qrencode", ["-l", "M", "-m", "4", "-t", "ASCII", "-o", "-", text])
        #expect(code.terminalText(.ascii(on: .light)) == String(decoding: theirs, as: UTF8.self))
    }
}
