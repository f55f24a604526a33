import Crypto
import Foundation
import OATH

/// HOTP codes of 6 digits, one counter after the other (RFC 4226).
final class CounterCodes: Workload {
    let name = "HOTP.code"
    private let hotp: HOTP
    private var counter: UInt64 = 0

    init() throws { hotp = try HOTP(key: SymmetricKey(size: .init(bitCount: 160))) }

    func run(_ count: Int) {
        for _ in 0..<count {
            keep(hotp.code(counter: counter))
            counter += 1
        }
    }
}

/// TOTP codes of 6 digits, one step of 30 s after the other (RFC 6238).
final class TimedCodes: Workload {
    let name = "TOTP.code"
    private let totp: TOTP
    private var now = Date(timeIntervalSince1970: 1_800_000_000)

    init() throws { totp = try TOTP(key: SymmetricKey(size: .init(bitCount: 160))) }

    func run(_ count: Int) throws {
        for _ in 0..<count {
            keep(try totp.code(at: now))
            now += 30
        }
    }
}

/// The Scan's OCRA codes: 8 digits over 32 bytes (RFC 6287, 7.3).
final class QuestionCodes: Workload {
    /// What is hashed: the suite's name, a zero and Q; RFC 6287, 5.1.
    static let messageLength = OCRASuite.sha256Digits8Hexadecimal64.text.utf8.count + 1 + 128

    let name = "OCRA.code"
    private let ocra: OCRA
    private var question = Array(SHA256.hash(data: Data("question".utf8)))

    init() throws { ocra = try OCRA(suite: .sha256Digits8Hexadecimal64, key: SymmetricKey(size: .bits256)) }

    func run(_ count: Int) throws {
        for _ in 0..<count {
            keep(try ocra.code(question: question))
            question[0] &+= 1
        }
    }
}
