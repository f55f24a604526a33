import Crypto
import Foundation
import OATH
import TestSupport
import Testing

/// The package `oath` (PyPI) computes the same OCRA codes.
///
/// What it cannot judge is left out: suites of 0 digits (it prints the truncated number), and hexadecimal questions of an odd length.
@Suite struct PythonOATHTests {
    struct Row: Encodable {
        let suite, key, question: String
        var ownQuestion: String?
        var counter: UInt64?
        var pin, session: String?
        var timeStep: UInt64?
    }

    private func text(_ count: Int, of letters: String, using random: inout SeededGenerator) -> String {
        let letters = Array(letters)
        return String((0..<count).map { _ in letters[Int.random(in: letters.indices, using: &random)] })
    }

    private func row(_ round: Int, using random: inout SeededGenerator) -> Row {
        let (format, letters) = [("N", "0123456789"), ("H", "0123456789abcdef"), ("A", "0123456789abcXYZ")][round % 3]
        let length = 2 * Int.random(in: 2...32, using: &random)
        let hash = HashAlgorithm.allCases[round / 3 % 3]
        var inputs = ["Q\(format)\(length < 10 ? "0" : "")\(length)"]
        // Not longer than what fits when two questions stand one behind the other.
        var row = Row(suite: "", key: text(64, of: "0123456789abcdef", using: &random), question: text(length, of: letters, using: &random))
        if round % 5 == 0 { row.ownQuestion = text(length, of: letters, using: &random) }
        if round % 2 == 0 {
            row.counter = .random(in: 0 ... .max, using: &random)
            inputs.insert("C", at: 0)
        }
        if round % 7 < 3 {
            row.pin = text(6, of: "0123456789", using: &random)
            inputs.append("P" + HashAlgorithm.allCases[round % 7].rawValue)
        }
        if round % 4 == 1 {
            row.session = text(128, of: "0123456789abcdef", using: &random)
            inputs.append("S064")
        }
        if round % 11 < 4 {
            row.timeStep = .random(in: 0...100_000_000, using: &random)
            inputs.append(["T1S", "T59M", "T48H", "T1M"][round % 11])
        }
        let suite = "OCRA-1:HOTP-\(hash.rawValue)-\(4 + round % 7):" + inputs.joined(separator: "-")
        return Row(
            suite: suite, key: row.key, question: row.question, ownQuestion: row.ownQuestion, counter: row.counter, pin: row.pin,
            session: row.session, timeStep: row.timeStep)
    }

    private func ours(_ row: Row) throws -> String {
        func bytes(_ digits: String) throws -> [UInt8] {
            try JSONDecoder().decode(HexBytes.self, from: Data("\"\(digits)\"".utf8)).bytes
        }
        let suite = try OCRASuite(parsing: row.suite)
        var hash: (any Digest)?
        if let pin = row.pin, let algorithm = suite.pinHash {
            let pin = Data(pin.utf8)
            hash =
                switch algorithm {
                case .sha1: Insecure.SHA1.hash(data: pin)
                case .sha256: SHA256.hash(data: pin)
                case .sha512: SHA512.hash(data: pin)
                }
        }
        return try OCRA(suite: suite, key: SymmetricKey(data: bytes(row.key))).code(
            question: row.question, ownQuestion: row.ownQuestion, counter: row.counter, pinHash: hash,
            session: row.session.map(bytes), timeStep: row.timeStep)
    }

    @Test func `python's oath agrees on a thousand random suites, keys and inputs`() async throws {
        var random = SeededGenerator(seed: 6287)
        let rows = (0..<1000).map { row($0, using: &random) }
        let encoder = JSONEncoder()
        let input = try rows.map { String(decoding: try encoder.encode($0), as: UTF8.self) }.joined(separator: "\n")
        let theirs = try await Python.lines("ocra_judge.py", input: input)
        #expect(theirs.count == rows.count)
        for (row, code) in zip(rows, theirs) { #expect(try ours(row) == code, "\(row)") }
    }
}
