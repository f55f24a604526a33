import DeviceProtocol
import Testing

@Suite struct DisplayTextTests {
    private func text(_ value: String, limit: Int = 70, mayBeEmpty: Bool = false) throws(ContentError) -> DisplayText {
        try DisplayText(value, field: "payee", limit: limit, mayBeEmpty: mayBeEmpty)
    }

    @Test(arguments: [
        "Ada Lovelace", "Müller & Söhne GmbH", "O'Neill-García", "Ελληνικά", "Россия", "日本語テキスト", "עברית", "عربي", "ไทย", "हिन्दी", "한국어",
        "€ 12,50 (net) #7/8",
        "𝄞", "🏦", "a", "  two  spaces  ", "No\u{A0}break",
    ])
    func `plain text of any script passes as it is`(value: String) throws {
        #expect(Array(try text(value, limit: 200).value.utf8) == Array(value.utf8))
    }

    @Test(arguments: [
        ("Zoe\u{308}", "Zo\u{EB}"), ("A\u{30A}ngstro\u{308}m", "\u{C5}ngstr\u{F6}m"), ("\u{212B}", "\u{C5}"),
        ("\u{1112}\u{1161}\u{11AB}", "\u{D55C}"), ("\u{AC00}\u{11BB}", "\u{AC14}"), ("Kim \u{AC00}\u{11A8}", "Kim \u{AC01}"),
        ("q\u{307}\u{323}", "q\u{323}\u{307}"),
    ])
    func `text is composed to NFC, byte by byte`(decomposed: String, composed: String) throws {
        #expect(Array(try text(decomposed).value.utf8) == Array(composed.utf8))
        #expect(Array(decomposed.utf8) != Array(composed.utf8))
    }

    @Test func `a letter that would be lost in composition is refused`() {
        #expect(throws: ContentError.forbiddenCharacter(field: "payee", scalar: 0x1109)) { try text("\u{1109}\u{1169}\u{11A7} Kim") }
    }

    static let hiding: [(UInt32, String)] = [
        (0x00, "null"), (0x07, "bell"), (0x08, "backspace"), (0x09, "tab"), (0x0A, "line feed"), (0x0D, "carriage return"),
        (0x1B, "escape"),
        (0x7F, "delete"), (0x85, "next line"), (0x9B, "control sequence introducer"), (0xAD, "soft hyphen"), (0x34F, "grapheme joiner"),
        (0x61C, "Arabic letter mark"), (0x115F, "Hangul filler"), (0x17B4, "Khmer inherent vowel"), (0x180E, "Mongolian vowel separator"),
        (0x200B, "zero width space"), (0x200C, "zero width non-joiner"), (0x200D, "zero width joiner"), (0x200E, "left-to-right mark"),
        (0x200F, "right-to-left mark"), (0x2028, "line separator"), (0x2029, "paragraph separator"), (0x202A, "left-to-right embedding"),
        (0x202B, "right-to-left embedding"), (0x202C, "pop directional formatting"), (0x202D, "left-to-right override"),
        (0x202E, "right-to-left override"), (0x2060, "word joiner"), (0x2063, "invisible separator"), (0x2066, "left-to-right isolate"),
        (0x2067, "right-to-left isolate"), (0x2068, "first strong isolate"), (0x2069, "pop directional isolate"),
        (0x2800, "Braille without dots"), (0x3164, "Hangul filler"),
        (0xE000, "private use"), (0xFE0F, "variation selector"), (0xFEFF, "byte order mark"), (0xFFA0, "half-width Hangul filler"),
        (0xFFF9, "interlinear annotation"), (0xFFFE, "noncharacter"), (0x10FFFF, "last noncharacter"), (0x1D173, "musical beam"),
        (0xE0041, "tag letter"), (0xE0100, "variation selector 17"), (0xF0000, "private use, plane 15"),
    ]

    @Test(arguments: hiding)
    func `a character that could hide or reorder text is refused wherever it stands`(code: UInt32, name: String) throws {
        let scalar = try #require(Unicode.Scalar(code))
        for (before, after) in [("Ada", "Lovelace"), ("Ada ", ""), ("A", " Lovelace")] {
            #expect(throws: ContentError.forbiddenCharacter(field: "payee", scalar: code), "\(name)") {
                try text(before + String(Character(scalar)) + after)
            }
        }
    }

    @Test func `the error names the character as Unicode does`() {
        #expect("\(ContentError.forbiddenCharacter(field: "payee", scalar: 0x202E))".contains("payee holds the character U+202E"))
    }

    @Test(arguments: ["", " ", "    ", "\u{A0}", "\u{3000}\u{2003} "])
    func `nothing to see is refused where something must stand`(value: String) throws {
        #expect(throws: ContentError.empty(field: "payee")) { try text(value) }
        #expect(try text(value, mayBeEmpty: true).value == value)
    }

    @Test(arguments: [(1, 70), (2, 35), (3, 23), (4, 17)])
    func `the limit counts bytes, and what is longer is never cut`(width: Int, count: Int) throws {
        let character: Character = [1: "a", 2: "é", 3: "€", 4: "𝄞"][width] ?? "a"
        let longest = String(repeating: character, count: count)
        #expect(try text(longest).value == longest)
        let longer = longest + String(character)
        #expect(throws: ContentError.tooLong(field: "payee", bytes: longer.utf8.count, limit: 70)) { try text(longer) }
    }

    @Test func `the limit counts bytes after composition`() throws {
        // 24 letters of 3 bytes each become 24 of 2 bytes.
        let decomposed = String(repeating: "e\u{301}", count: 24)
        #expect(decomposed.utf8.count == 72)
        #expect(try text(decomposed, limit: 48).value.utf8.count == 48)
        #expect(throws: ContentError.tooLong(field: "payee", bytes: 48, limit: 47)) { try text(decomposed, limit: 47) }
    }

    @Test func `huge text is refused`() {
        #expect(throws: ContentError.tooLong(field: "payee", bytes: 5_000_000, limit: 70)) {
            try text(String(repeating: "a", count: 5_000_000))
        }
    }

    @Test func `texts that differ in bytes are different`() throws {
        // Greek, Cyrillic and Latin capital A look alike and are not the same.
        #expect(try Set([text("A"), text("\u{391}"), text("\u{410}"), text("a")]).count == 4)
    }

    @Test func `each kind of wrong content has a sentence of its own`() {
        let errors: [ContentError] = [
            .empty(field: "payee"), .tooLong(field: "payee", bytes: 106, limit: 105), .forbiddenCharacter(field: "payee", scalar: 0x202E),
            .invalidIBAN("the check digits do not fit"), .unknownCurrency("DEM"), .invalidAmount("1,5"), .amountOutOfRange,
            .invalidLifetime(0), .invalidIdentifier("a challenge has 16 bytes, not 3"),
            .notCanonical("no content"),
        ]
        #expect(Set(errors.map(\.description)).count == errors.count)
        for (error, detail) in zip(
            errors, ["payee", "106", "202E", "check digits", "DEM", "1,5", "15 digits", "not 0", "not 3", "no content"])
        {
            #expect(error.description.contains(detail))
        }
    }

    @Test func `text of marks without end is refused before it is composed`() {
        let marks = "e" + String(repeating: "\u{301}\u{323}", count: 500_000)
        #expect(throws: ContentError.tooLong(field: "payee", bytes: marks.utf8.count, limit: 70)) { try text(marks) }
        #expect(throws: ContentError.self) { try IBAN("LU28" + marks) }
        #expect(throws: ContentError.self) { try Currency(marks) }
        #expect(throws: ContentError.self) { try Amount(decimal: "1." + marks, currency: Currency("EUR")) }
    }
}
