import Foundation
import OATH

/// What a bank writes down for its devices, and a person copies.
enum FuzzedTexts {
    /// A suite that is read says what it was read from, and is read from that again as the same.
    static func ocraSuite(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let suite = try? OCRASuite(parsing: text) else { return }
        precondition(suite.text == text && (try? OCRASuite(parsing: suite.text)) == suite, "a suite with two spellings")
    }

    /// Writes suites of every kind into `folder`.
    static func writeSuites(to folder: String) throws {
        let suites = [
            "OCRA-1:HOTP-SHA1-6:QN08", "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1", "OCRA-1:HOTP-SHA512-8:QA10-T1M",
            "OCRA-1:HOTP-SHA256-8:QH64", "OCRA-1:HOTP-SHA512-0:C-QA64-PSHA512-S512-T48H",
        ]
        for (index, suite) in suites.enumerated() {
            try Data(suite.utf8).write(to: URL(filePath: folder).appending(path: "seed-\(index)"))
        }
    }
}
