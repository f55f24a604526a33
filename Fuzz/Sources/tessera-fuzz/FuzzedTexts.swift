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

    /// An address that is read is written, and what is written is read as the same.
    static func uri(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        if let uri = try? KeyURI(parsing: text) {
            precondition((try? KeyURI(parsing: uri.text))?.text == uri.text, "a key changed on its way")
        }
        if let challenge = try? TiqrChallenge(parsing: text) {
            precondition((try? TiqrChallenge(parsing: challenge.text)) == challenge, "a challenge changed on its way")
        }
        if let enrolment = try? TiqrEnrolment(parsing: text) { precondition(enrolment.text.hasSuffix(enrolment.metadataURL)) }
        if let answer = try? TiqrAnswer(parsing: text) {
            precondition((try? TiqrAnswer(parsing: answer.form)) == answer, "an answer changed on its way")
        }
        _ = try? TiqrMetadata.key(inRegistration: text)
        _ = try? TiqrMetadata(parsing: bytes)
    }

    /// Suites of every kind.
    static let suites = [
        "OCRA-1:HOTP-SHA1-6:QN08", "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1", "OCRA-1:HOTP-SHA512-8:QA10-T1M",
        "OCRA-1:HOTP-SHA256-8:QH64", "OCRA-1:HOTP-SHA512-0:C-QA64-PSHA512-S512-T48H",
    ]

    /// Addresses of every kind, and what is posted to them.
    static let addresses = [
        "otpauth://totp/Bank:ann%40bank.example?secret=JBSWY3DPEHPK3PXP&issuer=Bank&algorithm=SHA256&digits=8&period=60",
        "otpauth://hotp/ann?secret=JBSWY3DPEHPK3PXP&counter=5",
        "tiqrauth://ann%40bank@tiqr.example/18b9fd64ac6e8f3a/c0c89b5345/My+Service%2F1/2",
        "tiqrenroll://https://tiqr.example/metadata?key=1",
        "sessionKey=18b9fd64ac6e8f3a&userId=ann&response=123456&operation=login",
        "secret=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f&operation=register",
        """
        {"service":{"displayName":"B","identifier":"b.example","logoUrl":"https://b.example/l","infoUrl":"https://b.example/i",
        "authenticationUrl":"https://b.example/a","ocraSuite":"OCRA-1:HOTP-SHA1-6:QH10-S064","enrollmentUrl":"https://b.example/e"},
        "identity":{"identifier":"ann","displayName":"Ann"}}
        """,
    ]

    /// Writes each text as a seed into `folder`.
    static func write(_ texts: [String], to folder: String) throws {
        for (index, text) in texts.enumerated() {
            try Data(text.utf8).write(to: URL(filePath: folder).appending(path: "seed-\(index)"))
        }
    }
}
