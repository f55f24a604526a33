import Crypto
import DeviceProtocol
import Foundation
import OATH
import TestSupport
import Testing

@testable import ScanChallenge

@Suite struct ScanCodeTests {
    private let key = SymmetricKey(data: Array("12345678901234567890123456789012".utf8))
    private let device: DeviceID

    init() throws { device = try DeviceID("SC-0001") }

    /// The whole HMAC is compared where a code of 8 digits could be equal by chance.
    private func answer(_ challenge: Challenge, as kind: AnswerKind = .scan, by device: DeviceID? = nil) throws -> String {
        let suite = try OCRASuite(parsing: "OCRA-1:HOTP-SHA256-0:QH64")
        return try OCRA(suite: suite, key: key).code(question: challenge.digest(as: kind, by: device ?? self.device))
    }

    private func code(_ challenge: Challenge, as kind: AnswerKind = .scan, by device: DeviceID? = nil) throws -> String {
        try ScanCode.compute(ocraKey: key, challenge: challenge, device: device ?? self.device, kind: kind)
    }

    /// HMAC and truncation written out; RFC 6287, 5.1 and RFC 4226, 5.3.
    @Test func `the code is HMAC-SHA256 of suite and digest, truncated to eight digits`() throws {
        var challenges = RandomChallenges(seed: 20)
        for kind in [AnswerKind.scan, .mobile] {
            for _ in 0..<100 {
                let challenge = try challenges.next()
                let input =
                    Array("OCRA-1:HOTP-SHA256-8:QH64".utf8) + [0] + challenge.digest(as: kind, by: device)
                    + [UInt8](repeating: 0, count: 96)
                let mac = Array(HMAC<SHA256>.authenticationCode(for: Data(input), using: key))
                let offset = Int(mac[31] & 0x0F)
                let number = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
                let digits = String(number % 100_000_000)
                #expect(try code(challenge, as: kind) == String(repeating: "0", count: 8 - digits.count) + digits)
            }
        }
    }

    @Test func `a code has eight digits, leading zeros too`() throws {
        var challenges = RandomChallenges(seed: 21)
        var leadingZeros = 0
        for _ in 0..<200 {
            let code = try code(try challenges.next())
            #expect(code.utf8.count == ScanCode.digits && code.utf8.allSatisfy { (0x30...0x39).contains($0) })
            if code.hasPrefix("0") { leadingZeros += 1 }
        }
        #expect(leadingZeros > 0)
    }

    @Test func `exchanging payee and reference changes the code`() throws {
        let original = try ScanFixture.payment(payee: "Ada", reference: "Bob")
        let exchanged = try ScanFixture.payment(payee: "Bob", reference: "Ada")
        #expect(try code(original) != code(exchanged))
    }

    @Test func `device, kind and key each change the answer`() throws {
        let challenge = try ScanFixture.payment()
        let other = try DeviceID("SC-0002")
        let answers = [
            try answer(challenge), try answer(challenge, as: .mobile), try answer(challenge, as: .card), try answer(challenge, by: other),
        ]
        #expect(Set(answers).count == answers.count)
        let otherKey = SymmetricKey(data: [UInt8](repeating: 1, count: 32))
        #expect(try ScanCode.compute(ocraKey: otherKey, challenge: challenge, device: device) != code(challenge))
    }

    @Test func `an empty key is refused`() throws {
        let challenge = try ScanFixture.payment()
        #expect { try ScanCode.compute(ocraKey: SymmetricKey(data: [UInt8]()), challenge: challenge, device: device) } throws: { error in
            if case ScanError.unusableKey = error { true } else { false }
        }
    }
}
