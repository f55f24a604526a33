import DeviceProtocol
import Testing

@Suite struct AmountTests {
    @Test(arguments: [
        ("EUR", 1250, "12.50 EUR"), ("EUR", 5, "0.05 EUR"), ("EUR", 50, "0.50 EUR"), ("EUR", 100, "1.00 EUR"), ("EUR", 1, "0.01 EUR"),
        ("JPY", 1200, "1200 JPY"), ("JPY", 1, "1 JPY"), ("KWD", 1, "0.001 KWD"), ("KWD", 12_345, "12.345 KWD"), ("CLF", 1, "0.0001 CLF"),
        ("CLF", 123_456, "12.3456 CLF"), ("UYW", 10_000, "1.0000 UYW"), ("XCG", 999, "9.99 XCG"),
        ("EUR", Amount.maximum, "9999999999999.99 EUR"), ("JPY", Amount.maximum, "999999999999999 JPY"),
        ("CLF", Amount.maximum, "99999999999.9999 CLF"),
    ])
    func `an amount is written with all decimals of its currency, and read back`(code: String, units: Int64, text: String) throws {
        let currency = try Currency(code)
        let amount = try Amount(minorUnits: units, currency: currency)
        #expect(amount.description == text)
        #expect(try Amount(decimal: String(text.dropLast(4)), currency: currency) == amount)
    }

    @Test(arguments: [
        ("12.50", 1250), ("12.5", 1250), ("12", 1200), ("0.5", 50), ("0.05", 5), ("00012.50", 1250), ("1", 100),
        ("9999999999999.99", Amount.maximum),
    ])
    func `fewer decimals than the currency has are filled up`(text: String, units: Int64) throws {
        #expect(try Amount(decimal: text, currency: Currency("EUR")).minorUnits == units)
    }

    @Test(arguments: [
        "", ".", "1.", ".5", "1.234", "1,50", "1.2.3", "-1", "+1", "1e3", " 1", "1 ", "0x10", "١٢", "１", "1.5\u{301}", "NaN", "1.\u{0}",
        "1'000", "1 000",
    ])
    func `what is no plain decimal number of this currency is refused`(text: String) throws {
        let euro = try Currency("EUR")
        #expect(throws: ContentError.invalidAmount(text)) { try Amount(decimal: text, currency: euro) }
    }

    @Test func `a currency without decimals takes none`() throws {
        let yen = try Currency("JPY")
        #expect(throws: ContentError.invalidAmount("1.0")) { try Amount(decimal: "1.0", currency: yen) }
        #expect(throws: ContentError.invalidAmount("1.")) { try Amount(decimal: "1.", currency: yen) }
        #expect(try Amount(decimal: "1", currency: yen).minorUnits == 1)
    }

    @Test(arguments: [
        "0", "0.00", "10000000000000", "9999999999999999999", "99999999999999999999999999999999999999",
        String(repeating: "9", count: 10_000),
    ])
    func `zero and more than 15 digits are out of range, however long`(text: String) throws {
        let euro = try Currency("EUR")
        #expect(throws: ContentError.amountOutOfRange) { try Amount(decimal: text, currency: euro) }
    }

    @Test(arguments: [0, -1, .min, Amount.maximum + 1, .max])
    func `minor units out of range are refused`(units: Int64) throws {
        let euro = try Currency("EUR")
        #expect(throws: ContentError.amountOutOfRange) { try Amount(minorUnits: units, currency: euro) }
    }

    @Test(arguments: [
        ("EUR", 2), ("USD", 2), ("CHF", 2), ("GBP", 2), ("JPY", 0), ("KRW", 0), ("ISK", 0), ("CLP", 0), ("UGX", 0), ("VND", 0), ("XAF", 0),
        ("BHD", 3), ("IQD", 3), ("JOD", 3), ("KWD", 3), ("LYD", 3), ("OMR", 3), ("TND", 3), ("CLF", 4), ("UYW", 4), ("UYI", 0), ("HUF", 2),
        ("MGA", 2), ("MRU", 2), ("XCD", 2), ("XCG", 2), ("ZWG", 2), ("SLE", 2), ("VED", 2),
    ])
    func `the exponents are those of ISO 4217`(code: String, exponent: Int) throws {
        #expect(try Currency(code).exponent == exponent)
        #expect(try Currency(code).code == code)
    }

    @Test(arguments: ["", "eur", "EU", "EURO", "EUＲ", "XXX", "XAU", "XTS", "DEM", "HRK", "E R", "€"])
    func `what is no currency that money is paid in is refused`(code: String) {
        #expect(throws: ContentError.unknownCurrency(code)) { try Currency(code) }
    }

    @Test func `equal numbers in other currencies are other amounts`() throws {
        let amounts = try ["EUR", "USD", "JPY"].map { try Amount(minorUnits: 100, currency: Currency($0)) }
        #expect(Set(amounts).count == 3)
    }
}
