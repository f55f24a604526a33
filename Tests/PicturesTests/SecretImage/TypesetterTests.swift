import Foundation
import Testing

@testable import Pictures

@Suite struct TypesetterTests {
    private let files: [FontFile]

    init() throws { files = try SecretImageRenderer.shippedFonts.map { path throws(PictureError) in try FontFile(reading: path) } }

    private func text(_ lines: [Typesetter.Line]) -> String { lines.map(\.text).joined(separator: "|") }

    @Test(arguments: ["€", "Müller ß", "Łódź", "Ελληνικά", "Българска", "עברית", "العربية", "ქართული", "Հայերեն", "Ngũgĩ", "−12.50 £"])
    func `the shipped font has the scripts that are promised`(text: String) throws {
        let typesetter = try Typesetter(files)
        #expect(typesetter.missing(in: text) == [])
        #expect(try typesetter.line(text, size: 20).width > 0)
    }

    @Test func `characters that no font has are named, each once, and never drawn as boxes`() throws {
        let typesetter = try Typesetter(files)
        #expect(typesetter.missing(in: "東京 and 東") == ["東", "京"])
        #expect(throws: PictureError.missingCharacters(["東", "京"])) { try typesetter.line("東京 and 東", size: 20) }
        #expect(throws: PictureError.missingCharacters(["東"])) { try typesetter.lines("a 東", size: 20, width: 300) }
        let sentence = PictureError.missingCharacters(["東", "京"]).description
        #expect(sentence == "the fonts do not have 東 (U+6771), 京 (U+4EAC): add a font that has")
    }

    @Test func `a letter with an accent is one character, which a font has whole or not`() throws {
        let typesetter = try Typesetter(files)
        #expect(typesetter.missing(in: "e\u{301}") == [])
        #expect(typesetter.missing(in: "e\u{1AB0}") == ["e\u{1AB0}"])
    }

    @Test func `Arabic letters are joined, and run from the right`() throws {
        let typesetter = try Typesetter(files)
        let (word, alone) = (try typesetter.line("ببب", size: 20), try typesetter.line("ب", size: 20))
        #expect(word.glyphs.count == 3)
        // The first, middle and last form differ from each other and from the letter alone.
        #expect(Set(word.glyphs.map(\.index) + alone.glyphs.map(\.index)).count == 4)
        // The name's number stands left of it, where it is read last.
        let (mixed, number) = (try typesetter.line("ب 7", size: 20, isFromRight: true), try typesetter.line("7", size: 20))
        #expect(mixed.glyphs.first?.index == number.glyphs.first?.index)
    }

    @Test(arguments: [("Anna", false), ("12 שלום", true), ("العربية SA", true), ("SA العربية", false), ("12.50", false), ("", false)])
    func `the first letter says where a text begins`(text: String, isFromRight: Bool) {
        #expect(text.beginsFromRight == isFromRight)
    }

    @Test func `long text breaks at spaces, and nothing else of it is lost`() throws {
        let typesetter = try Typesetter(files)
        let name = "Société luxembourgeoise de distribution et de commerce international de produits frais"
        let lines = try typesetter.lines(name, size: 22, width: 300)
        #expect(lines.count > 2)
        #expect(lines.allSatisfy { $0.width <= 300 })
        #expect(lines.map(\.text).joined(separator: " ") == name)
    }

    @Test func `a word wider than a line breaks within, and nothing of it is lost`() throws {
        let typesetter = try Typesetter(files)
        let word = String(repeating: "Donaudampfschiff", count: 6)
        let lines = try typesetter.lines("An " + word + " SA", size: 22, width: 200)
        #expect(lines.allSatisfy { $0.width <= 200 })
        #expect(lines.map(\.text).joined().replacing(" ", with: "") == "An" + word + "SA")
    }

    @Test func `a column narrower than a letter still gets every letter`() throws {
        let typesetter = try Typesetter(files)
        #expect(text(try typesetter.lines("WM W", size: 30, width: 1)) == "W|M|W")
    }

    @Test func `spaces alone and nothing at all make no trouble`() throws {
        let typesetter = try Typesetter(files)
        #expect(try typesetter.lines("", size: 20, width: 100) == [])
        #expect(text(try typesetter.lines("a  b", size: 20, width: 1)) == "a|b")
        #expect(try typesetter.lines("   ", size: 20, width: 100).count == 1)
    }

    @Test func `what the first font lacks, the next one draws`() throws {
        let sans = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", mono = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"
        let both = try Typesetter([try FontFile(reading: mono), try FontFile(reading: sans)])
        let monoAlone = try Typesetter([try FontFile(reading: mono)])
        let lacking = try #require(
            (0x400...0x2FFF).compactMap { UnicodeScalar($0) }.map(String.init).first { character in
                character.unicodeScalars.allSatisfy(\.properties.isAlphabetic) && !monoAlone.missing(in: character).isEmpty
                    && both.missing(in: character).isEmpty
            })
        let line = try both.line("a" + lacking + "b", size: 20)
        #expect(line.glyphs.map(\.font) == [0, 1, 0])
    }

    @Test func `a file that is no font is refused by name`() throws {
        let other = FileManager.default.temporaryDirectory.appending(path: "tessera-\(UUID().uuidString).ttf").path
        try Data("no font".utf8).write(to: URL(filePath: other))
        defer { try? FileManager.default.removeItem(atPath: other) }
        for path in [other, other + ".absent", "/", ""] {
            #expect(throws: PictureError.fontUnreadable(path)) { try FontFile(reading: path) }
        }
        #expect(PictureError.fontUnreadable("/x.ttf").description.contains("/x.ttf"))
    }
}
