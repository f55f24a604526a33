import Foundation
import TestSupport
import Testing

/// `tessera verify images` and `tessera verify image`.
@Suite struct VerifyImageTests {
    private let folder: Folder
    private static let id = "000102030405060708090a0b0c0d0e0f"
    private static let payment = ["--iban", "LU28 0019 4006 4475 0000", "--amount", "12.50", "--payee", "Bakery"]

    init() throws { folder = try Folder() }

    private struct Report: Decodable {
        let name: String
        let id: String
        let png: String
        let bytes: Int
        let alternativeText: String
    }

    private func image(_ arguments: [String], to file: String = "image.png") async throws -> ChildProgram.Outcome {
        try await Program.run(["verify", "image", "--png", folder.path(file)] + arguments)
    }

    @Test func `the pictures are listed with both names`() async throws {
        struct Row: Decodable {
            let name: String
            let french: String
        }
        let rows: [Row] = try await Program.run("verify", "images", "--json").json()
        #expect(rows.count >= 60)
        #expect(rows.first { $0.name == "key" }?.french == "clé")
        let table = try await Program.run("verify", "images", "--png", folder.path("sheet.png"))
        #expect(try folder.read("sheet.png").starts(with: [0x89, 0x50, 0x4E, 0x47]))
        #expect(table.text.split(separator: "\n").count == rows.count + 2)
    }

    @Test func `an image is drawn, and what it says is told`() async throws {
        let outcome = try await image(["--name", "cat", "--id", Self.id] + Self.payment)
        #expect(outcome.status == 0)
        let file = try folder.read("image.png")
        #expect(file.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        #expect(outcome.text.contains("\(file.count) bytes"))
        #expect(outcome.text.contains("Your secret image: cat. Payment."))
        #expect(outcome.text.contains("IBAN: LU28 0019 4006 4475 0000. Amount: 12.50 EUR. Payee: Bakery."))
    }

    @Test func `the same id draws the same bytes, and none draws others each time`() async throws {
        for name in ["one", "two"] { _ = try await image(["--name", "key", "--id", Self.id] + Self.payment, to: name) }
        for name in ["three", "four"] { _ = try await image(["--name", "key"] + Self.payment, to: name) }
        let files = try ["one", "two", "three", "four"].map { try folder.read($0) }
        #expect(files[0] == files[1])
        #expect(Set(files).count == 3)
    }

    @Test func `programs get JSON, in the language that was asked for`() async throws {
        let report: Report = try await image(["--name", "key", "--id", Self.id, "--language", "fr", "--json"] + Self.payment).json()
        #expect(report.name == "key" && report.id == Self.id && report.png == folder.path("image.png"))
        #expect(try report.bytes == folder.read("image.png").count)
        #expect(report.alternativeText.hasPrefix("Votre image secrète : clé. "))
    }

    @Test(
        arguments: [
            (["--name", "unicorn"], Int32(2), "no picture is called \"unicorn\"", "take a name from the list of pictures"),
            (
                ["--name", "cat", "--iban", "LU28 0019 4006 4475 0000", "--payee", "東京"], 1, "the fonts do not have 東 (U+6771), 京 (U+4EAC)",
                "add a font that has"
            ),
            (
                ["--name", "cat", "--font", "/absent.ttf"], 3, "no font can be read from \"/absent.ttf\"",
                "install fonts-dejavu-core, or name a TrueType or OpenType file"
            ),
            (["--name", "cat", "--id", "12"], 2, "not an identifier: a challenge has 16 bytes, not 1", "correct it and repeat"),
            (["--name", "cat", "--id", "xy"], 2, "\"xy\" is no operation's id", "give 32 hexadecimal digits, or leave --id out"),
            (
                ["--name", "cat", "--iban", "LU28 0019 4006 4475 0001", "--payee", "A"], 2, "not an IBAN: the check digits do not fit",
                "correct it and repeat"
            ),
        ])
    func `what is wrong is told, and nothing is drawn`(arguments: [String], code: Int32, error: String, hint: String) async throws {
        let outcome = try await image(arguments)
        #expect(outcome.status == code)
        let failure = try #require(outcome.failure)
        #expect(failure.error == error && failure.hint == hint)
        #expect(try folder.names.isEmpty)
    }

    @Test func `a folder that is not there is told`() async throws {
        let outcome = try await Program.run("verify", "image", "--name", "cat", "--png", folder.path("absent/image.png"))
        #expect(outcome.status == 3)
    }
}
