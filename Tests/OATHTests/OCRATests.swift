import Crypto
import Foundation
import TestSupport
import Testing

@testable import OATH

@Suite struct OCRATests {
    struct Published: Decodable {
        struct Row: Decodable {
            let suite: String
            let key: HexBytes
            let question: String
            let ownQuestion: String?
            let counter: UInt64?
            let pin: String?
            let session: HexBytes?
            let timeStep: UInt64?
            let code: String
            let conforms: Bool?
        }
        let rows: [Row]
    }

    private let key = SymmetricKey(data: Array("12345678901234567890123456789012".utf8))

    private func ocra(_ inputs: String, digits: Int = 8) throws -> OCRA {
        try OCRA(suite: OCRASuite(parsing: "OCRA-1:HOTP-SHA256-\(digits):\(inputs)"), key: key)
    }

    @Test(arguments: [("ocra-rfc6287", 70), ("ocra-session-tiqr", 32)])
    func `every published code comes out`(file: String, count: Int) throws {
        let published: Published = try Fixture.json("oath/\(file).json")
        let rows = published.rows.filter { $0.conforms ?? true }
        #expect(rows.count == count)
        print("vectors: \(file): \(rows.count) rows run")
        for row in rows {
            let ocra = try OCRA(suite: OCRASuite(parsing: row.suite), key: SymmetricKey(data: row.key.bytes))
            let code = try ocra.code(
                question: row.question, ownQuestion: row.ownQuestion, counter: row.counter,
                pinHash: row.pin.map { Insecure.SHA1.hash(data: Data($0.utf8)) }, session: row.session?.bytes, timeStep: row.timeStep)
            #expect(code == row.code, "\(row.suite) \(row.question)")
        }
    }

    @Test func `a suite without a session length is no suite, so the rows that have one are none of ours`() {
        #expect(throws: OATHError.self) { try OCRASuite(parsing: "OCRA-1:HOTP-SHA1-6:QH10-S") }
    }

    @Test func `the hash that is signed goes in as it is`() throws {
        let hash = SHA256.hash(data: Data("a payment".utf8))
        let ocra = try OCRA(suite: .sha256Digits8Hexadecimal64, key: key)
        let text = hash.map { String(($0 >> 4), radix: 16) + String($0 & 15, radix: 16) }.joined()
        // The data input, put together once more by the book: suite, zero byte, and Q in 128 bytes.
        let input = Array("OCRA-1:HOTP-SHA256-8:QH64".utf8) + [0] + Array(hash) + [UInt8](repeating: 0, count: 96)
        let mac = Array(HMAC<SHA256>.authenticationCode(for: input, using: key))
        let code = DynamicTruncation.code(from: mac, digits: 8)
        #expect(try ocra.code(question: hash) == code)
        #expect(try ocra.code(question: text) == code)
        #expect(try ocra.code(question: text.uppercased()) == code)
        #expect(try ocra.code(question: SHA256.hash(data: Data("another".utf8))) != code)
    }

    @Test(arguments: [1, 2, 3, 16, 31, 32])
    func `a question of bytes is that of its hexadecimal digits`(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: 7 + 61 * $0) }
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(try ocra("QH64").code(question: bytes) == ocra("QH64").code(question: digits))
    }

    @Test func `no truncation gives the whole HMAC`() throws {
        let ocra = try ocra("QH64", digits: 0)
        let input = Array("OCRA-1:HOTP-SHA256-0:QH64".utf8) + [0, 0xAB] + [UInt8](repeating: 0, count: 127)
        let mac = HMAC<SHA256>.authenticationCode(for: input, using: key)
        let code = try ocra.code(question: "ab")
        #expect(code.count == 64)
        #expect(code == mac.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
    }

    @Test(
        arguments: [
            // A number: leading zeros vanish, and an odd digit count is padded on the right.
            ("N", "0000", [0x00]),
            ("N", "0009", [0x90]),
            ("N", "16", [0x10]),
            ("N", "255", [0xFF]),
            ("N", "256", [0x10, 0x00]),
            ("N", "4095", [0xFF, 0xF0]),
            ("N", "4294967296", [0x10, 0x00, 0x00, 0x00, 0x00]),
            ("N", "18446744073709551615", [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
            ("N", "340282366920938463463374607431768211456", [0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            // Digits: they stay where they are.
            ("H", "0", [0x00]),
            ("H", "a", [0xA0]),
            ("H", "00fF", [0x00, 0xFF]),
            ("H", "123", [0x12, 0x30]),
            ("A", "Az09", [0x41, 0x7A, 0x30, 0x39]),
        ] as [(String, String, [UInt8])])
    func `a question becomes 128 bytes`(format: String, question: String, start: [UInt8]) throws {
        let suite = try OCRASuite(parsing: "OCRA-1:HOTP-SHA1-6:Q\(format)64")
        let bytes = try suite.bytes(of: question, ownQuestion: nil)
        #expect(bytes == start + [UInt8](repeating: 0, count: 128 - start.count))
    }

    @Test(arguments: 1...64)
    func `a number of any length is the one that its hexadecimal digits write`(length: Int) throws {
        let digits = (0..<length).map { UInt8(($0 * 7 + length) % 10) }
        // By another way: divide the decimal number by 16 until nothing is left, and collect the remainders.
        var (number, expected) = (digits, [UInt8]())
        repeat {
            var remainder: UInt8 = 0
            for index in number.indices {
                let value = remainder * 10 + number[index]
                (number[index], remainder) = (value / 16, value % 16)
            }
            expected.insert(remainder, at: 0)
        } while number.contains { $0 != 0 }
        let suite = try OCRASuite(parsing: "OCRA-1:HOTP-SHA1-6:QN64")
        let bytes = try suite.bytes(of: digits.map { "\($0)" }.joined(), ownQuestion: nil)
        let nibbles = bytes.flatMap { [$0 >> 4, $0 & 0x0F] }
        #expect(Array(nibbles.prefix(expected.count)) == expected)
        #expect(nibbles.dropFirst(expected.count).allSatisfy { $0 == 0 })
    }

    @Test func `the longest questions fit, two of them as well`() throws {
        for (format, letter) in [("A", "z"), ("N", "9"), ("H", "f")] {
            let suite = try OCRASuite(parsing: "OCRA-1:HOTP-SHA1-6:Q\(format)64")
            let longest = String(repeating: letter, count: 64)
            #expect(try suite.bytes(of: longest, ownQuestion: nil).count == 128)
            #expect(try suite.bytes(of: longest, ownQuestion: longest).count == 128)
        }
        let suite = try OCRASuite(parsing: "OCRA-1:HOTP-SHA1-6:QA64")
        let letters = String(repeating: "z", count: 64)
        #expect(try suite.bytes(of: letters, ownQuestion: letters) == [UInt8](repeating: 0x7A, count: 128))
    }

    @Test func `in a mutual exchange the order of the questions is the role`() throws {
        let ocra = try ocra("QA08")
        let server = try ocra.code(question: "CLI22220", ownQuestion: "SRV11110")
        let client = try ocra.code(question: "SRV11110", ownQuestion: "CLI22220")
        #expect(server == "28247970")
        #expect(client != server)
    }

    @Test(arguments: [
        ("QN08", "", OATHError.questionLength(0, maximum: 8)),
        ("QN08", "123456789", .questionLength(9, maximum: 8)),
        ("QH64", String(repeating: "0", count: 65), .questionLength(65, maximum: 64)),
        ("QN08", "1234a", .questionCharacter(offset: 4, format: .numeric)),
        ("QN08", "-1", .questionCharacter(offset: 0, format: .numeric)),
        ("QN08", "1\u{0661}", .questionCharacter(offset: 1, format: .numeric)),
        ("QH08", "12g4", .questionCharacter(offset: 2, format: .hexadecimal)),
        ("QH08", "0x12", .questionCharacter(offset: 1, format: .hexadecimal)),
        ("QA08", "AB CD", .questionCharacter(offset: 2, format: .alphanumeric)),
        ("QA08", "é", .questionCharacter(offset: 0, format: .alphanumeric)),
        ("QA08", "@[`{", .questionCharacter(offset: 0, format: .alphanumeric)),
        ("QA08", "[", .questionCharacter(offset: 0, format: .alphanumeric)),
        ("QA08", "`", .questionCharacter(offset: 0, format: .alphanumeric)),
        ("QH08", "G", .questionCharacter(offset: 0, format: .hexadecimal)),
        ("QH08", "@", .questionCharacter(offset: 0, format: .hexadecimal)),
        ("QN08", ":", .questionCharacter(offset: 0, format: .numeric)),
        ("QN08", "/", .questionCharacter(offset: 0, format: .numeric)),
    ])
    func `a question of another format or length is refused`(inputs: String, question: String, error: OATHError) throws {
        let ocra = try ocra(inputs)
        #expect(throws: error) { try ocra.code(question: question) }
        if case .questionLength(0, _) = error { return }
        #expect(throws: error) { try ocra.code(question: "1", ownQuestion: question) }
    }

    @Test func `bytes answer a hexadecimal question only, and no longer one`() throws {
        #expect(throws: OATHError.questionNotHexadecimal(.numeric)) { try ocra("QN64").code(question: [1, 2]) }
        #expect(throws: OATHError.questionLength(66, maximum: 64)) { try ocra("QH64").code(question: [UInt8](repeating: 1, count: 33)) }
        #expect(throws: OATHError.questionLength(0, maximum: 64)) { try ocra("QH64").code(question: [UInt8]()) }
    }

    @Test func `an input that the suite names must be there`() throws {
        let pin = SHA256.hash(data: Data("1234".utf8))
        let ocra = try ocra("C-QN08-PSHA256-S064-T1M")
        #expect(try ocra.code(question: "1", counter: 0, pinHash: pin, session: [], timeStep: 0).count == 8)
        #expect(throws: OATHError.missingInput(.counter)) {
            try ocra.code(question: "1", pinHash: pin, session: [], timeStep: 0)
        }
        #expect(throws: OATHError.missingInput(.pinHash)) {
            try ocra.code(question: "1", counter: 0, session: [], timeStep: 0)
        }
        #expect(throws: OATHError.missingInput(.session)) {
            try ocra.code(question: "1", counter: 0, pinHash: pin, timeStep: 0)
        }
        #expect(throws: OATHError.missingInput(.timeStep)) {
            try ocra.code(question: "1", counter: 0, pinHash: pin, session: [])
        }
    }

    @Test func `an input that the suite does not cover is refused, not dropped`() throws {
        let ocra = try ocra("QN08")
        let pin = SHA256.hash(data: Data("1234".utf8))
        #expect(throws: OATHError.unexpectedInput(.counter)) { try ocra.code(question: "1", counter: 0) }
        #expect(throws: OATHError.unexpectedInput(.pinHash)) { try ocra.code(question: "1", pinHash: pin) }
        #expect(throws: OATHError.unexpectedInput(.session)) { try ocra.code(question: "1", session: []) }
        #expect(throws: OATHError.unexpectedInput(.timeStep)) { try ocra.code(question: "1", timeStep: 0) }
    }

    @Test func `each input changes the code`() throws {
        let ocra = try ocra("C-QN08-PSHA256-S002-T1M", digits: 0)
        func code(_ question: String = "1", _ counter: UInt64 = 0, _ pin: String = "1", _ session: [UInt8] = [1], _ step: UInt64 = 0) throws
            -> String
        {
            try ocra.code(
                question: question, counter: counter, pinHash: SHA256.hash(data: Data(pin.utf8)), session: session, timeStep: step)
        }
        let codes = [
            try code(), try code("2"), try code("1", 1), try code("1", 0, "2"), try code("1", 0, "1", [2]), try code("1", 0, "1", [1], 1),
        ]
        #expect(Set(codes).count == codes.count)
        // Padded on the left: a zero in front changes nothing, one behind does.
        #expect(try code("1", 0, "1", [0, 1]) == codes[0])
        #expect(try code("1", 0, "1", [1, 0]) != codes[0])
    }

    @Test func `a PIN hash of another length and too much session data are refused`() throws {
        #expect(throws: OATHError.pinHashLength(32, expected: 20)) {
            try ocra("QN08-PSHA1").code(question: "1", pinHash: SHA256.hash(data: Data("1234".utf8)))
        }
        #expect(throws: OATHError.sessionLength(65, maximum: 64)) {
            try ocra("QN08-S064").code(question: "1", session: [UInt8](repeating: 0, count: 65))
        }
    }

    @Test func `an empty key is refused`() {
        #expect(throws: OATHError.emptyKey) { try OCRA(suite: .sha256Digits8Hexadecimal64, key: SymmetricKey(data: [UInt8]())) }
    }
}
