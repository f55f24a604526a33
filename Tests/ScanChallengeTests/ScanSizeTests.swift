import DeviceProtocol
import Foundation
import Testing

@testable import ScanChallenge

@Suite struct ScanSizeTests {
    private let fixture: ScanFixture
    /// The longest IBAN of the registry: 33 characters.
    private let iban = "RU0304452522540817810538091310419"
    private let last = ScanSequence(epoch: .max, counter: .max)

    init() throws { fixture = try ScanFixture(issuer: String(repeating: "b", count: 64), serial: String(repeating: "S", count: 64)) }

    private func text(_ length: Int) -> String { String(repeating: "é", count: length / 2) + String(repeating: "x", count: length % 2) }

    private func largestPayment() throws -> Challenge {
        try ScanFixture.payment(
            origin: text(Challenge.originLimit), iban: iban, units: Amount.maximum, payee: text(Payment.payeeLimit),
            reference: text(Payment.referenceLimit), issuedAt: 253_402_300_799, timeToLive: 86_400)
    }

    /// What a QR code of version 15 at error correction M holds; ISO/IEC 18004, table 7 and 7.4.4.
    @Test func `the limit is what a QR code of version 15-M holds`() {
        let dataCodewords = 655 - 10 * 24  // all codewords without those of error correction
        let bits = dataCodewords * 8 - 4 - 11  // without the mode and the number of characters
        let characters = bits / 11 * 2 + (bits % 11 >= 6 ? 1 : 0)
        #expect(characters == 600)
        #expect(ScanEnvelope.characterLimit == characters)
    }

    @Test func `the largest payment fits`() throws {
        let payload = try ScanPayload(sequence: last, challenge: largestPayment())
        let text = try fixture.seal(payload)
        #expect(text.utf8.count <= ScanEnvelope.characterLimit)
        #expect(try fixture.open(text) == payload)
    }

    @Test func `the origin's limit is the greatest with which it does`() throws {
        let payload = try ScanPayload(sequence: last, challenge: largestPayment())
        // One byte of origin more is one byte of payload more, because no length passes 127 or 255 there.
        let sealed = 1 + 8 + 32 + payload.der.count + 16
        #expect(4 + Base45.encode([UInt8](repeating: 0, count: sealed)).utf8.count <= 600)
        #expect(4 + Base45.encode([UInt8](repeating: 0, count: sealed + 1)).utf8.count > 600)
    }

    @Test func `the largest login, beneficiary and activation fit`() throws {
        let contents: [Challenge.Content] = [
            .login(try Login(place: text(Login.limit), browser: text(Login.limit))),
            .beneficiary(try Beneficiary(iban: IBAN(iban), name: text(Payment.payeeLimit))),
            .activation(try Activation(product: text(Activation.limit), device: text(Activation.limit))),
        ]
        for content in contents {
            let challenge = try Challenge(
                id: ChallengeID([UInt8](repeating: 255, count: 16)), origin: text(Challenge.originLimit),
                issuedAt: Date(timeIntervalSince1970: 253_402_300_799), timeToLive: 86_400, content: content)
            let payload = try ScanPayload(sequence: last, challenge: challenge)
            #expect(try fixture.open(fixture.seal(payload)) == payload)
        }
    }

    private func batch(payee: Int, iban: String = "DE89370400440532013000") throws -> ScanPayload {
        let amount = try Amount(minorUnits: 9_999_999, currency: Currency("EUR"))
        let transfer = try Batch.Transfer(iban: IBAN(iban), payee: text(payee), amount: amount)
        let challenge = try Challenge(
            id: ChallengeID([UInt8](repeating: 255, count: 16)), origin: "bank.example",
            issuedAt: Date(timeIntervalSince1970: 1_700_000_000), content: .batch(Batch([transfer, transfer, transfer, transfer])))
        return try ScanPayload(sequence: last, challenge: challenge)
    }

    @Test func `four payees of 25 bytes fit, and a batch that does not is refused with its size`() throws {
        let payload = try batch(payee: 25)
        #expect(try fixture.open(fixture.seal(payload)) == payload)
        for large in [try batch(payee: 60), try batch(payee: Payment.payeeLimit, iban: iban)] {
            let sealed = [UInt8](repeating: 0, count: 1 + 8 + 32 + large.der.count + 16)
            let characters = 4 + Base45.encode(sealed).utf8.count
            #expect(characters > 600)
            #expect(throws: ScanError.tooLarge(characters: characters, limit: 600)) { try fixture.seal(large) }
        }
    }

    @Test func `the largest payment with a role does not fit, an ordinary one does`() throws {
        func signed(_ challenge: Challenge) throws -> ScanPayload {
            let role = try SignerRole(rule: "R-7", role: "Director", number: 1, of: 2)
            return try ScanPayload(
                sequence: last,
                challenge: Challenge(
                    id: challenge.id, origin: challenge.origin.value, issuedAt: challenge.issuedAt, timeToLive: challenge.timeToLive,
                    content: challenge.content, role: role))
        }
        #expect { try fixture.seal(signed(largestPayment())) } throws: { error in
            if case ScanError.tooLarge = error { true } else { false }
        }
        let ordinary = try signed(ScanFixture.payment())
        #expect(try fixture.open(fixture.seal(ordinary)) == ordinary)
    }

    @Test func `a batch to trusted beneficiaries fits, however many they are`() throws {
        let amount = try Amount(minorUnits: 1, currency: Currency("EUR"))
        let transfer = try Batch.Transfer(iban: IBAN(iban), payee: text(Payment.payeeLimit), amount: amount)
        let many = try Batch([Batch.Transfer](repeating: transfer, count: Batch.countLimit), payeesAreTrusted: true)
        let challenge = try Challenge(
            id: ChallengeID([UInt8](repeating: 255, count: 16)), origin: text(Challenge.originLimit),
            issuedAt: Date(timeIntervalSince1970: 253_402_300_799), timeToLive: 86_400, content: .batch(many))
        let payload = try ScanPayload(sequence: last, challenge: challenge)
        #expect(try fixture.open(fixture.seal(payload)) == payload)
    }

    @Test func `an error for what does not fit names both sizes`() {
        let error = ScanError.tooLarge(characters: 612, limit: 600)
        #expect("\(error)".contains("612") && "\(error)".contains("600"))
    }
}
