import Crypto
import DeviceProtocol
import Foundation
import OATH
import TestSupport
import Testing

@testable import ScanChallenge

/// Any change of what was agreed to changes the answer, or is refused.
///
/// The whole HMAC is compared, where codes of 8 digits could be equal by chance.
@Suite struct ScanCodePropertyTests {
    private let key = SymmetricKey(data: Array("12345678901234567890123456789012".utf8))
    private let device: DeviceID

    init() throws { device = try DeviceID("SC-0001") }

    private func answer(_ challenge: Challenge) throws -> String {
        let suite = try OCRASuite(parsing: "OCRA-1:HOTP-SHA256-0:QH64")
        return try OCRA(suite: suite, key: key).code(question: challenge.digest(as: .scan, by: device))
    }

    private func with(
        _ original: Challenge, content: Challenge.Content? = nil, id: ChallengeID? = nil, origin: String? = nil, issuedAt: Date? = nil,
        timeToLive: Int? = nil, role: SignerRole?
    ) throws -> Challenge {
        try Challenge(
            id: id ?? original.id, origin: origin ?? original.origin.value, issuedAt: issuedAt ?? original.issuedAt,
            timeToLive: timeToLive ?? original.timeToLive, content: content ?? original.content, role: role)
    }

    /// What every challenge can be changed in beside its content.
    private func frames(of original: Challenge, stranger: Challenge, role: SignerRole) throws -> [String: Challenge] {
        let moment = original.issuedAt.timeIntervalSince1970
        var changed: [String: Challenge] = [
            "origin": try with(original, origin: original.origin.value == "x" ? "y" : "x", role: original.role),
            "id": try with(original, id: stranger.id, role: original.role),
            "moment": try with(original, issuedAt: Date(timeIntervalSince1970: moment > 0 ? moment - 1 : 1), role: original.role),
            "life": try with(original, timeToLive: original.timeToLive > 1 ? original.timeToLive - 1 : 2, role: original.role),
            "another role": try with(original, role: role),
        ]
        if original.role != nil { changed["no role"] = try with(original, role: nil) }
        return changed
    }

    private func expectAllDiffer(_ changed: [String: Challenge], from original: Challenge) throws {
        let answer = try answer(original)
        for (name, challenge) in changed {
            #expect(challenge != original, "\(name)")
            #expect(try self.answer(challenge) != answer, "\(name)")
        }
        #expect(try Set(changed.values.map { try self.answer($0) }).count == Set(changed.values).count)
    }

    private func amount(_ units: Int64, like amount: Amount) throws -> Amount { try Amount(minorUnits: units, currency: amount.currency) }

    private func oneOff(_ amount: Amount) throws -> Amount {
        try self.amount(amount.minorUnits > 1 ? amount.minorUnits - 1 : 2, like: amount)
    }

    private func otherCurrency(_ amount: Amount) throws -> Amount {
        try Amount(minorUnits: amount.minorUnits, currency: Currency(amount.currency.code == "EUR" ? "CHF" : "EUR"))
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
        func paid(iban: IBAN? = nil, amount: Amount? = nil, payee: String? = nil, reference: String? = nil) throws -> Challenge {
            let content = try Payment(
                iban: iban ?? payment.iban, amount: amount ?? payment.amount, payee: payee ?? payment.payee.value,
                reference: reference ?? payment.reference.value)
            return try with(original, content: .payment(content), role: original.role)
        }
        let one = "a" + payment.payee.value.dropFirst()
        var changed: [String: Challenge] = [
            "IBAN": try paid(iban: stranger.iban), "one unit more or less": try paid(amount: oneOff(payment.amount)),
            "currency": try paid(amount: otherCurrency(payment.amount)),
            "payee": try paid(payee: one == payment.payee.value ? "b" + one.dropFirst() : one),
            "payee's case": try paid(
                payee: payment.payee.value.first.map {
                    ($0.isUppercase ? $0.lowercased() : $0.uppercased()) + payment.payee.value.dropFirst()
                }),
            "reference": try paid(reference: payment.reference.value == "x" ? "y" : "x"),
            // What a payee loses at its end and a reference gains at its beginning must not come to the same.
            "border of payee and reference": try paid(
                payee: "a", reference: String(decoding: Array(("b" + payment.reference.value).utf8.prefix(1)), as: UTF8.self)),
            "payee and reference the other way round": try paid(payee: "Reference \(seed)", reference: "Payee"),
            "a batch of the same": try with(
                original, content: .batch(Batch([.init(iban: payment.iban, payee: payment.payee.value, amount: payment.amount)])),
                role: original.role),
            "a beneficiary of the same name": try with(
                original, content: .beneficiary(Beneficiary(iban: payment.iban, name: payment.payee.value)), role: original.role),
        ]
        changed.merge(try frames(of: original, stranger: other, role: challenges.nextRole())) { $1 }
        #expect(try paid() == original)
        try expectAllDiffer(changed, from: original)
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func `any change of a batch, and any other order of its payments, changes the answer`(seed: UInt64) throws {
        var challenges = RandomChallenges(seed: 2000 + seed)
        let original = try challenges.nextBatch()
        let other = try challenges.nextBatch()
        var transfers: [Batch.Transfer]
        if case .batch(let batch) = original.content, case .listed(let listed) = batch.transfers {
            transfers = listed
        } else {
            // A larger one cannot be taken apart again; its list is made here.
            let euro = try Currency("EUR")
            transfers = try (1...6).map {
                try .init(
                    iban: IBAN("LU280019400644750000"), payee: "Payee \(seed) \($0)", amount: Amount(minorUnits: $0 + 1, currency: euro))
            }
        }
        func batch(_ transfers: [Batch.Transfer]) throws -> Challenge {
            try with(original, content: .batch(Batch(transfers, payeesAreTrusted: true)), role: original.role)
        }
        let whole = try batch(transfers)
        var changed = try frames(of: whole, stranger: other, role: challenges.nextRole())
        for (index, transfer) in transfers.enumerated() {
            func replaced(iban: IBAN? = nil, payee: String? = nil, amount: Amount? = nil) throws -> Challenge {
                var list = transfers
                list[index] = try .init(
                    iban: iban ?? transfer.iban, payee: payee ?? transfer.payee.value, amount: amount ?? transfer.amount)
                return try batch(list)
            }
            changed["IBAN \(index)"] = try replaced(iban: IBAN("DE89370400440532013000"))
            changed["payee \(index)"] = try replaced(payee: transfer.payee.value == "x" ? "y" : "x")
            changed["amount \(index)"] = try replaced(amount: oneOff(transfer.amount))
            if transfers.count > 1 {
                changed["without \(index)"] = try batch(transfers.enumerated().filter { $0.offset != index }.map(\.element))
                #expect(throws: ContentError.self) { try replaced(amount: otherCurrency(transfer.amount)) }
            }
            for next in transfers.indices where next > index {
                var list = transfers
                list.swapAt(index, next)
                if list != transfers { changed["\(index) and \(next) exchanged"] = try batch(list) }
                // The same sum, paid to others.
                guard transfer.amount != transfers[next].amount else { continue }
                list = transfers
                list[index] = try .init(iban: transfer.iban, payee: transfer.payee.value, amount: transfers[next].amount)
                list[next] = try .init(iban: transfers[next].iban, payee: transfers[next].payee.value, amount: transfer.amount)
                changed["amounts of \(index) and \(next) exchanged"] = try batch(list)
            }
        }
        changed["currency"] = try batch(
            transfers.map { try .init(iban: $0.iban, payee: $0.payee.value, amount: otherCurrency($0.amount)) })
        try expectAllDiffer(changed, from: whole)
    }
}
