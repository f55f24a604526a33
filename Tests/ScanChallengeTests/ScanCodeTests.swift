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

    @Test(arguments: 0..<100 as Range<UInt64>)
    func `any change of a payment changes the answer`(seed: UInt64) throws {
        var challenges = RandomChallenges(seed: 1000 + seed)
        let original = try challenges.nextPayment()
        let other = try challenges.nextPayment()
        guard case .payment(let payment) = original.content, case .payment(let stranger) = other.content else {
            Issue.record("not payments")
            return
        }
        func with(
            iban: IBAN? = nil, amount: Amount? = nil, payee: String? = nil, reference: String? = nil, id: ChallengeID? = nil,
            origin: String? = nil, issuedAt: Date? = nil, timeToLive: Int? = nil
        ) throws -> Challenge {
            try Challenge(
                id: id ?? original.id, origin: origin ?? original.origin.value, issuedAt: issuedAt ?? original.issuedAt,
                timeToLive: timeToLive ?? original.timeToLive,
                content: .payment(
                    Payment(
                        iban: iban ?? payment.iban, amount: amount ?? payment.amount, payee: payee ?? payment.payee.value,
                        reference: reference ?? payment.reference.value)))
        }
        let units = payment.amount.minorUnits
        let currency = try Currency(payment.amount.currency.code == "EUR" ? "CHF" : "EUR")
        let one = "a" + payment.payee.value.dropFirst()
        let changed: [String: Challenge] = [
            "IBAN": try with(iban: stranger.iban),
            "one unit more or less": try with(amount: Amount(minorUnits: units > 1 ? units - 1 : 2, currency: payment.amount.currency)),
            "currency": try with(amount: Amount(minorUnits: units, currency: currency)),
            "payee": try with(payee: one == payment.payee.value ? "b" + one.dropFirst() : one),
            "payee's case": try with(
                payee: payment.payee.value.first.map {
                    ($0.isUppercase ? $0.lowercased() : $0.uppercased()) + payment.payee.value.dropFirst()
                }),
            "reference": try with(reference: payment.reference.value == "x" ? "y" : "x"),
            "origin": try with(origin: original.origin.value == "x" ? "y" : "x"),
            "id": try with(id: other.id),
            "moment": try with(
                issuedAt: original.issuedAt.addingTimeInterval(original.issuedAt.timeIntervalSince1970 > 0 ? -1 : 1)),
            "life": try with(timeToLive: original.timeToLive > 1 ? original.timeToLive - 1 : 2),
            // What a payee loses at its end and a reference gains at its beginning must not come to the same.
            "border of payee and reference": try with(
                payee: "a", reference: String(decoding: Array(("b" + payment.reference.value).utf8.prefix(1)), as: UTF8.self)),
            "payee and reference the other way round": try with(payee: "Reference \(seed)", reference: "Payee"),
        ]
        #expect(try with() == original)
        let answer = try answer(original)
        for (name, challenge) in changed {
            #expect(challenge != original, "\(name)")
            #expect(try self.answer(challenge) != answer, "\(name)")
        }
        #expect(try Set(changed.values.map { try self.answer($0) }).count == Set(changed.values).count)
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
