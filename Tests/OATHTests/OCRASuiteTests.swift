import Foundation
import OATH
import Testing

@Suite struct OCRASuiteTests {
    @Test func `the suite of a signature is the one that its text says`() throws {
        let suite = OCRASuite.sha256Digits8Hexadecimal64
        #expect(try OCRASuite(parsing: "OCRA-1:HOTP-SHA256-8:QH64") == suite)
        #expect(suite.description == "OCRA-1:HOTP-SHA256-8:QH64")
        #expect(suite.algorithm == .sha256)
        #expect(suite.digits == 8)
        #expect(suite.questionFormat == .hexadecimal)
        #expect(suite.questionLength == 64)
        #expect(!suite.hasCounter && suite.pinHash == nil && suite.sessionLength == nil && suite.timeSteps == nil)
    }

    @Test func `all inputs together are read`() throws {
        let suite = try OCRASuite(parsing: "OCRA-1:HOTP-SHA512-10:C-QA64-PSHA256-S512-T48H")
        #expect(suite.algorithm == .sha512)
        #expect(suite.digits == 10)
        #expect(suite.hasCounter)
        #expect(suite.questionFormat == .alphanumeric)
        #expect(suite.questionLength == 64)
        #expect(suite.pinHash == .sha256)
        #expect(suite.sessionLength == 512)
        #expect(suite.timeSteps?.length == .seconds(48 * 3600))
    }

    @Test(arguments: [nil, HashAlgorithm.sha1, .sha256, .sha512], [nil, 1, 64, 512])
    func `whatever is put together is read as it was meant`(pinHash: HashAlgorithm?, sessionLength: Int?) throws {
        for algorithm in HashAlgorithm.allCases {
            for digits in [0] + Array(4...10) {
                for (format, length) in [("A", 4), ("N", 8), ("H", 10), ("H", 64)] {
                    for (counter, step) in [(false, nil), (true, nil), (false, 59), (true, 1)] as [(Bool, Int?)] {
                        let pin = pinHash.map { "-P" + $0.rawValue } ?? ""
                        let session = sessionLength.map { "-S" + String(repeating: "0", count: 3 - "\($0)".count) + "\($0)" } ?? ""
                        let text =
                            "OCRA-1:HOTP-\(algorithm.rawValue)-\(digits):" + (counter ? "C-" : "")
                            + "Q\(format)\(length)" + pin + session + (step.map { "-T\($0)M" } ?? "")
                        let suite = try OCRASuite(parsing: text)
                        #expect(suite.text == text)
                        #expect(suite.algorithm == algorithm && suite.digits == digits && suite.hasCounter == counter)
                        #expect(suite.questionFormat.rawValue == format && suite.questionLength == length)
                        #expect(suite.pinHash == pinHash && suite.sessionLength == sessionLength)
                        #expect(suite.timeSteps?.length == step.map { .seconds($0 * 60) })
                    }
                }
            }
        }
    }

    /// The examples of RFC 6287, 6.4, and the edges of each range.
    @Test(arguments: [
        "OCRA-1:HOTP-SHA512-8:C-QN08-PSHA1", "OCRA-1:HOTP-SHA256-6:QA10-T1M", "OCRA-1:HOTP-SHA1-4:QH8-S512",
        "OCRA-1:HOTP-SHA1-0:QN04", "OCRA-1:HOTP-SHA1-4:QN64", "OCRA-1:HOTP-SHA1-10:QN4", "OCRA-1:HOTP-SHA1-6:QN08-S001",
        "OCRA-1:HOTP-SHA1-6:QN08-PSHA512-T59S", "OCRA-1:HOTP-SHA1-6:QN08-S064-T1S", "OCRA-1:HOTP-SHA1-6:QN08-T59M",
        "OCRA-1:HOTP-SHA1-6:C-QH64-T1H",
    ])
    func `a suite keeps its spelling`(text: String) throws {
        #expect(try OCRASuite(parsing: text).text == text)
    }

    @Test(arguments: [("1S", 1), ("59S", 59), ("1M", 60), ("59M", 3540), ("1H", 3600), ("48H", 172_800)])
    func `a time step is seconds, minutes or hours`(step: String, seconds: Int) throws {
        let suite = try OCRASuite(parsing: "OCRA-1:HOTP-SHA1-6:QN08-T" + step)
        #expect(suite.timeSteps?.length == .seconds(seconds))
        #expect(try suite.step(at: Date(timeIntervalSince1970: 7 * TimeInterval(seconds))) == 7)
        #expect(throws: OATHError.self) { try suite.step(at: Date(timeIntervalSince1970: -1)) }
    }

    @Test func `a suite without time has no step, whenever it is asked`() throws {
        #expect(try OCRASuite.sha256Digits8Hexadecimal64.step(at: Date(timeIntervalSince1970: -1)) == nil)
    }

    /// What is wrong stands behind the `|`.
    @Test(arguments: [
        ("|", "\"OCRA-1:\""),
        ("|ocra-1:HOTP-SHA1-6:QN08", "\"OCRA-1:\""),
        ("|OCRA-2:HOTP-SHA1-6:QN08", "\"OCRA-1:\""),
        ("OCRA-1:|TOTP-SHA1-6:QN08", "\"HOTP-\""),
        ("OCRA-1:HOTP-|SHA3-6:QN08", "SHA1, SHA256 or SHA512"),
        ("OCRA-1:HOTP-|sha1-6:QN08", "SHA1, SHA256 or SHA512"),
        ("OCRA-1:HOTP-SHA1|28-6:QN08", "\"-\""),
        ("OCRA-1:HOTP-SHA1-|:QN08", "0, or 4 to 10, digits"),
        ("OCRA-1:HOTP-SHA1-|3:QN08", "0, or 4 to 10, digits"),
        ("OCRA-1:HOTP-SHA1-|11:QN08", "0, or 4 to 10, digits"),
        ("OCRA-1:HOTP-SHA1-|-6:QN08", "0, or 4 to 10, digits"),
        ("OCRA-1:HOTP-SHA1-10|0:QN08", "\":\""),
        ("OCRA-1:HOTP-SHA1-|06:QN08", "0, or 4 to 10, digits"),
        ("OCRA-1:HOTP-SHA1-|00:QN08", "0, or 4 to 10, digits"),
        ("OCRA-1:HOTP-SHA1-6|", "\":\""),
        ("OCRA-1:HOTP-SHA1-6:|", "\"Q\""),
        ("OCRA-1:HOTP-SHA1-6:|C", "\"Q\""),
        ("OCRA-1:HOTP-SHA1-6:C-|C-QN08", "\"Q\""),
        ("OCRA-1:HOTP-SHA1-6:|PSHA1-QN08", "\"Q\""),
        ("OCRA-1:HOTP-SHA1-6:Q|", "A, N or H"),
        ("OCRA-1:HOTP-SHA1-6:Q|X08", "A, N or H"),
        ("OCRA-1:HOTP-SHA1-6:QN|", "a question length of 4 to 64"),
        ("OCRA-1:HOTP-SHA1-6:QN|03", "a question length of 4 to 64"),
        ("OCRA-1:HOTP-SHA1-6:QN|65", "a question length of 4 to 64"),
        ("OCRA-1:HOTP-SHA1-6:QN08|0", "\"-P\" or \"-S\" or \"-T\" or the end"),
        ("OCRA-1:HOTP-SHA1-6:QN08|-", "\"-P\" or \"-S\" or \"-T\" or the end"),
        ("OCRA-1:HOTP-SHA1-6:QN08|-C", "\"-P\" or \"-S\" or \"-T\" or the end"),
        ("OCRA-1:HOTP-SHA1-6:QN08-P|", "SHA1, SHA256 or SHA512"),
        ("OCRA-1:HOTP-SHA1-6:QN08-PSHA1|-PSHA1", "\"-S\" or \"-T\" or the end"),
        ("OCRA-1:HOTP-SHA1-6:QN08-S|", "a session length of 001 to 512"),
        ("OCRA-1:HOTP-SHA1-6:QN08-S|64", "a session length of 001 to 512"),
        ("OCRA-1:HOTP-SHA1-6:QN08-S|000", "a session length of 001 to 512"),
        ("OCRA-1:HOTP-SHA1-6:QN08-S|513", "a session length of 001 to 512"),
        ("OCRA-1:HOTP-SHA1-6:QN08-S064|-PSHA1", "\"-T\" or the end"),
        ("OCRA-1:HOTP-SHA1-6:QN08-T|", "a time step of 1 to 59"),
        ("OCRA-1:HOTP-SHA1-6:QN08-T|0H", "a time step of 1 to 59"),
        ("OCRA-1:HOTP-SHA1-6:QN08-T|60S", "a time step of 1 to 59"),
        ("OCRA-1:HOTP-SHA1-6:QN08-T|01M", "a time step of 1 to 59"),
        ("OCRA-1:HOTP-SHA1-6:QN08-T|00H", "a time step of 1 to 59"),
        ("OCRA-1:HOTP-SHA1-6:QN08-T|49H", "at most 48 hours"),
        ("OCRA-1:HOTP-SHA1-6:QN08-T1|D", "S, M or H"),
        ("OCRA-1:HOTP-SHA1-6:QN08-T1M|-S064", "the end"),
        ("OCRA-1:HOTP-SHA1-6:QN08|\n", "\"-P\" or \"-S\" or \"-T\" or the end"),
        ("OCRA-1:HOTP-SHA1-|\u{FF16}:QN08", "0, or 4 to 10, digits"),
    ])
    func `a suite that is none says where and what would fit`(marked: String, expected: String) throws {
        let text = marked.replacing("|", with: "")
        let offset = try #require(marked.utf8.firstIndex(of: UInt8(ascii: "|"))).utf16Offset(in: marked)
        #expect(throws: OATHError.suite(text, offset: offset, expected: expected)) { try OCRASuite(parsing: text) }
    }

    @Test func `every prefix of a suite is refused or a suite of its own`() throws {
        let text = "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1-S064-T10M"
        let suites = (0...text.count).filter { (try? OCRASuite(parsing: String(text.prefix($0)))) != nil }.map { String(text.prefix($0)) }
        #expect(
            suites == [
                "OCRA-1:HOTP-SHA256-8:C-QN08", "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1", "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1-S064", text,
            ])
    }
}
