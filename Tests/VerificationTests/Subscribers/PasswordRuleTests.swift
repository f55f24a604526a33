import Foundation
import Secrets
import Testing

@testable import Verification

/// 6 to 10 characters, as a person counts them, of four classes.
struct PasswordRuleTests {
    private func violations(_ text: String, user: String = "alice") throws -> [PasswordRule.Violation] {
        PasswordRule().violations(of: try secret(text).bytes, for: SubscriberID(rawValue: user))
    }

    @Test(arguments: ["Pass-w0rd", "aB3+xx", "aB3+xxxxxx", "Zoé-1xX", "ÄÖü§123", "пАр0ль!", "1aA👨‍👩‍👧‍👦xyz"])
    func `a password of 6 to 10 characters with all classes is taken`(_ text: String) throws {
        #expect(try violations(text).isEmpty)
    }

    @Test func `characters are counted, not bytes`() throws {
        #expect(try violations("aB3👨‍👩‍👧‍👦é").contains(.tooShort(minimum: 6)), "five characters of 30 bytes")
        #expect(try violations("aB3+👨‍👩‍👧‍👦é").isEmpty)
        #expect(try violations("aB3+e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}").isEmpty, "ten characters of 16 scalars")
        #expect(try violations("aB3+" + String(repeating: "é", count: 7)) == [.tooLong(maximum: 10)])
    }

    @Test(arguments: [
        ("aB3+x", [PasswordRule.Violation.tooShort(minimum: 6)]), ("aB3+xxxxxxx", [.tooLong(maximum: 10)]),
        ("pass-w0rd", [.missing(.upperCase)]), ("PASS-W0RD", [.missing(.lowerCase)]), ("Pass-word", [.missing(.digit)]),
        ("Passw0rd", [.missing(.special)]), ("Pass w0+", [.unprintable]), ("Pa-w0\u{7}x", [.unprintable]),
        ("Alice-1x", [.containsUserID]), ("x-1ALICEx", [.containsUserID]),
        ("", [.tooShort(minimum: 6), .missing(.upperCase), .missing(.lowerCase), .missing(.digit), .missing(.special)]),
    ])
    func `each violation is its own`(_ text: String, _ expected: [PasswordRule.Violation]) throws {
        #expect(try violations(text) == expected)
    }

    @Test func `what is no text, or far too long, is no password`() throws {
        let noText = try SecretBytes.copying([0xFF, 0xFE, 0x41, 0x61, 0x31, 0x2B])
        let violations = PasswordRule().violations(of: noText)
        #expect(violations == [.unprintable])
        #expect(try self.violations(String(repeating: "x", count: 4000)) == [.tooLong(maximum: 10)])
    }

    @Test func `every violation has a sentence of its own`() {
        let all: [PasswordRule.Violation] =
            [.tooShort(minimum: 6), .tooLong(maximum: 10), .unprintable, .containsUserID, .unchanged]
            + PasswordRule.CharacterClass.allCases.map { .missing($0) }
        #expect(Set(all.map(\.description)).count == all.count)
        #expect(SubscriberError.unsuitablePassword(all).description.contains("at least 6"))
    }

    @Test func `an accent typed in one or in two strokes is one password`() throws {
        let composed = try secret("Zo\u{E9}-1xX").normalised()
        #expect(try composed.equals(secret("Zoe\u{301}-1xX").normalised()))
        #expect(try !composed.equals(secret("Zoe-1xX").normalised()))
    }

    @Test(arguments: [
        "Esch-sur-Alzette", "esch sur alzette", "  ESCH  SUR ALZETTE ", "Esch sur\tAlzette.", "ésch sür Älzette", "Ｅｓｃｈ sur Alzette",
    ])
    func `an answer is the same however it is typed`(_ text: String) throws {
        #expect(try secret(text).normalisedAnswer().reveal() == "esch sur alzette")
    }

    @Test func `answers that differ in a letter differ, and one of signs alone is empty`() throws {
        #expect(try !secret("Zoé").normalisedAnswer().equals(secret("Zoá").normalisedAnswer()))
        #expect(try secret("?! - …").normalisedAnswer().count == 0)
    }

    @Test func `an initial password keeps the rule itself`() throws {
        var generator = SystemRandomNumberGenerator()
        var seen: Set<String> = []
        for _ in 0..<200 {
            let password = try HeldSecret.password(using: &generator)
            #expect(PasswordRule().violations(of: password.bytes).isEmpty)
            seen.insert(password.reveal())
        }
        #expect(seen.count == 200)
        let digits = try HeldSecret.digits(6, using: &generator).reveal()
        #expect(digits.count == 6 && digits.allSatisfy { $0.isASCII && $0.isNumber })
    }

    @Test func `zeros at the end make another secret`() throws {
        let plain = try secret("12345678").normalised()
        for text in ["12345678\u{0}", "12345678\u{0}\u{0}", "\u{0}12345678", "Zo\u{E9}-1xX\u{0}"] {
            let hashed = try secret(text).normalised()
            #expect(!hashed.equals(plain) && !hashed.reveal().utf8.contains(0) && hashed.count == text.utf8.count)
        }
    }

    @Test func `what no page holds in its normal form is hashed as it is`() throws {
        let password = try secret(String(repeating: "\u{1D160}", count: 1_024))
        #expect(try password.normalised().equals(password))
        let answer = try secret(String(repeating: "\u{FDFA}", count: 1_300))
        #expect(try answer.normalisedAnswer().equals(answer))
    }
}
