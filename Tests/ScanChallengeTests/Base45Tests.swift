import TestSupport
import Testing

@testable import ScanChallenge

@Suite struct Base45Tests {
    @Test(arguments: [
        ("AB", "BB8"), ("Hello!!", "%69 VD92EX0"), ("base-45", "UJCLQE7W581"), ("ietf!", "QED8WEX0"), ("", ""),
    ])
    func `the examples of RFC 9285 come out both ways`(plain: String, encoded: String) throws {
        #expect(Base45.encode(Array(plain.utf8)) == encoded)
        #expect(try Base45.decode(encoded) == Array(plain.utf8))
    }

    @Test(
        arguments: [
            ([0], "00"), ([255], "U5"), ([0, 0], "000"), ([255, 255], "FGW"), ([1, 0], "V50"), ([0, 1], "100"), ([0, 0, 0], "00000"),
        ] as [([UInt8], String)])
    func `the ends of the range are written as the standard computes them`(bytes: [UInt8], encoded: String) throws {
        #expect(Base45.encode(bytes) == encoded)
        #expect(try Base45.decode(encoded) == bytes)
    }

    @Test func `every pair of bytes has one spelling of its own`() throws {
        var spellings = Set<String>()
        for pair in UInt16.min ... .max {
            let bytes = [UInt8(pair >> 8), UInt8(pair & 0xFF)]
            let text = Base45.encode(bytes)
            // One expectation for each of 65,536 would take seconds.
            if !spellings.insert(text).inserted { Issue.record("\(bytes) is written as another pair") }
            if try Base45.decode(text) != bytes { Issue.record("\(bytes) does not come back") }
        }
        #expect(spellings.count == 65_536)
    }

    @Test func `random bytes of every length up to 200 come back`() throws {
        var generator = SeededGenerator(seed: 45)
        for length in 0...200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            let text = Base45.encode(bytes)
            #expect(text.utf8.count == length / 2 * 3 + length % 2 * 2)
            #expect(try Base45.decode(text) == bytes)
        }
    }

    @Test(arguments: [
        ("GGW", "characters 1 to 3 are too large"), ("000FGX", "characters 4 to 6 are too large"),
        (":::", "characters 1 to 3 are too large"),
        ("V5", "the last two characters are too large"), ("::", "the last two characters are too large"),
        ("0", "the last character stands alone"), ("BB80", "the last character stands alone"),
        ("bb8", "character 1 is not of Base45"), ("BB8QE_", "character 6 is not of Base45"), ("BB8\n", "character 4 is not of Base45"),
        ("é", "character 1 is not of Base45"), ("B\u{0}8", "character 2 is not of Base45"),
    ])
    func `what the encoder never writes is refused, and the error says where`(text: String, reason: String) {
        #expect(throws: ScanError.malformed(reason)) { try Base45.decode(text) }
    }

    @Test func `huge text is read in one go, or refused where it is wrong`() throws {
        let count = 1_000_000
        #expect(try Base45.decode(String(repeating: "000", count: count)).count == 2 * count)
        #expect(throws: ScanError.malformed("character \(3 * count + 1) is not of Base45")) {
            try Base45.decode(String(repeating: "000", count: count) + "a")
        }
    }

    @Test func `random text is refused, or is what its bytes are written as`() throws {
        var generator = SeededGenerator(seed: 9285)
        var decoded = 0
        for length in 0..<400 {
            let text = String((0..<length % 40).compactMap { _ in "0123456789ABCDEFG $%:a\u{0}é".randomElement(using: &generator) })
            guard let bytes = try? Base45.decode(text) else { continue }
            decoded += 1
            #expect(Base45.encode(bytes) == text)
        }
        #expect(decoded > 10)
    }

    @Test func `all groups of three characters decode to what encodes to them, or not at all`() throws {
        let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
        var refused = 0
        for first in alphabet {
            for second in alphabet {
                for third in alphabet {
                    let text = String([first, second, third])
                    guard let bytes = try? Base45.decode(text) else {
                        refused += 1
                        continue
                    }
                    if Base45.encode(bytes) != text { Issue.record("\(text) has two spellings") }
                }
            }
        }
        #expect(refused == 45 * 45 * 45 - 65_536)
    }
}
