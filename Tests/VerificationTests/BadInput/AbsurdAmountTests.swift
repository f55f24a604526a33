import DeviceProtocol
import Foundation
import Testing
import Verification

/// IBANs, amounts and batches that cannot be: each has an error of its own, and nothing changes in the store.
struct AbsurdAmountTests {
    private static let iban = "LU280019400644750000"

    /// What is typed for a payment.
    private struct Typed {
        var iban = AbsurdAmountTests.iban
        var amount = "12.50"
        var currency = "EUR"

        var content: Challenge.Content {
            get throws {
                let currency = try Currency(currency)
                return .payment(
                    try Payment(iban: IBAN(iban), amount: Amount(decimal: amount, currency: currency), payee: "Anna Muster"))
            }
        }
    }

    /// What each of them is told when a payment with it is begun.
    private func refusals(of typed: [(String, Typed)]) async throws -> [String: String] {
        let bank = try await WatchedBank()
        let scan = try await bank.customers.enrolScan()
        var texts: [String: String] = [:]
        for (name, payment) in typed {
            texts[name] = try await bank.refusal(of: name) { _ = try await bank.bank.begin(payment.content, with: scan.id) }
        }
        // What is right is begun, so that it was not the bank that refused.
        _ = try await bank.bank.begin(Typed().content, with: scan.id)
        return texts
    }

    @Test func `an IBAN with wrong digits, length, country or signs has an error of its own, and nothing is stored`() async throws {
        let wrong: [(String, String)] = [
            ("check digits", "LU290019400644750000"), ("exchanged digits", "LU280019400644570000"), ("too short", "LU28001940064475000"),
            ("too long", "LU2800194006447500000"), ("unknown country", "ZZ280019400644750000"), ("never given out", "LU000019400644750000"),
            ("signs", "LU28-0019-4006-4475-0000"), ("empty", ""), ("a megabyte", String(repeating: "LU28", count: 262_144)),
        ]
        let texts = try await refusals(of: wrong.map { ($0.0, Typed(iban: $0.1)) })
        #expect(texts["check digits"] == "not an IBAN: the check digits do not fit")
        #expect(texts["exchanged digits"] == texts["check digits"])
        #expect(texts["too short"] == "not an IBAN: LU has 20 characters, not 19")
        #expect(texts["too long"] == "not an IBAN: LU has 20 characters, not 21")
        #expect(texts["unknown country"] == "not an IBAN: no country \"ZZ\" in ISO 13616")
        #expect(texts["never given out"] == "not an IBAN: the check digits are 02 to 98")
        #expect(texts["signs"] == "not an IBAN: only letters and digits are allowed")
        #expect(texts["empty"] == "not an IBAN: no country \"\" in ISO 13616")
        #expect(texts["a megabyte"] == "not an IBAN: LU has 20 characters, not 1048576")
    }

    @Test func `an IBAN in small letters or with spaces is the same IBAN`() async throws {
        let bank = try await WatchedBank()
        let scan = try await bank.customers.enrolScan()
        for text in ["lu28 0019 4006 4475 0000", " LU280019400644750000 ", "Lu28 00194006 44750000"] {
            let operation = try await bank.bank.begin(Typed(iban: text).content, with: scan.id)
            #expect(try operation.challenge.content == Typed().content)
        }
    }

    @Test func `an amount that is negative, nothing, too much or too fine has an error of its own, and nothing is stored`() async throws {
        let wrong: [(String, String, String)] = [
            ("negative", "-1.00", "EUR"), ("zero", "0.00", "EUR"), ("Int64 overflows", "92233720368547758.08", "EUR"),
            ("sixteen digits", "10000000000000.00", "EUR"), ("three decimals", "1.234", "EUR"), ("yen with decimals", "100.0", "JPY"),
            ("dinar with four decimals", "1.2345", "KWD"), ("no number", "twelve", "EUR"), ("exponent", "1e3", "EUR"),
            ("grouped", "1,000.00", "EUR"), ("infinite", "inf", "EUR"), ("empty", "", "EUR"), ("unknown currency", "1.00", "XXX"),
            ("small currency", "1.00", "eur"), ("thousands of digits", String(repeating: "9", count: 20_000), "EUR"),
        ]
        let texts = try await refusals(of: wrong.map { ($0.0, Typed(amount: $0.1, currency: $0.2)) })
        let range = "the amount must be more than zero and have at most 15 digits"
        for name in ["zero", "Int64 overflows", "sixteen digits", "thousands of digits"] { #expect(texts[name] == range) }
        for (name, text, _) in wrong where texts[name] != range && !name.contains("currency") {
            #expect(texts[name] == "\"\(text)\" is not an amount in this currency")
        }
        #expect(texts["unknown currency"] == "\"XXX\" is not a currency of ISO 4217")
        #expect(texts["small currency"] == "\"eur\" is not a currency of ISO 4217")
    }

    @Test func `an amount with thousands of letters is told in a sentence, not repeated whole`() async throws {
        let long = String(repeating: "1.", count: 5000)
        let texts = try await refusals(of: [
            ("amount", Typed(amount: long)), ("currency", Typed(currency: long)), ("country", Typed(iban: "🇱🇺" + long)),
        ])
        #expect(texts.values.allSatisfy { $0.utf8.count < 1000 })
    }

    @Test func `a currency's own decimals are taken whole`() throws {
        for (text, code, units) in [("100", "JPY", 100), ("1.234", "KWD", 1234), ("1.2345", "CLF", 12_345)] as [(String, String, Int64)] {
            #expect(try Amount(decimal: text, currency: Currency(code)).minorUnits == units)
        }
    }

    @Test func `minor units out of range and a batch whose sum overflows are refused, and nothing is stored`() async throws {
        let bank = try await WatchedBank()
        let scan = try await bank.customers.enrolScan()
        let euro = try Currency("EUR")
        for units in [Int64.min, -1, 0, Amount.maximum + 1, .max] {
            let text = try await bank.refusal(of: "\(units)") { _ = try await bank.bank.begin(.payment(cents: units), with: scan.id) }
            #expect(text == "the amount must be more than zero and have at most 15 digits")
        }
        func transfer(_ units: Int64, _ currency: Currency) throws -> Batch.Transfer {
            try Batch.Transfer(iban: IBAN(Self.iban), payee: "Anna", amount: Amount(minorUnits: units, currency: currency))
        }
        let batches: [(String, [Batch.Transfer], Bool)] = [
            (
                "the amount must be more than zero and have at most 15 digits",
                try Array(repeating: transfer(Amount.maximum, euro), count: 4), false
            ),
            (
                "the amount must be more than zero and have at most 15 digits",
                try Array(repeating: transfer(Amount.maximum, euro), count: 10_000), true
            ),
            ("not a batch: it has no payments", [], false),
            ("not a batch: it has more than one currency", [try transfer(1, euro), try transfer(1, Currency("JPY"))], false),
            (
                "not a batch: of 5 payments, 4 can be shown, and not all payees are trusted",
                try Array(repeating: transfer(1, euro), count: 5), false
            ),
            (
                "not a batch: 100000 payments cannot stand as a hash; 5 to 99999 can",
                try Array(repeating: transfer(1, euro), count: 100_000),
                true
            ),
        ]
        for (expected, transfers, areTrusted) in batches {
            let text = try await bank.refusal(of: "\(transfers.count) payments") {
                _ = try await bank.bank.begin(.batch(Batch(transfers, payeesAreTrusted: areTrusted)), with: scan.id)
            }
            #expect(text == expected)
        }
    }
}
