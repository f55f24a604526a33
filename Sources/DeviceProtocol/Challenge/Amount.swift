/// A sum of money: a whole number of minor units in a currency; ISO 4217.
public struct Amount: Hashable, Sendable {
    /// The most minor units that an amount can have: 15 digits, which every system between here and the bank's ledger carries exactly.
    public static let maximum: Int64 = 999_999_999_999_999

    /// Cents, or whatever the currency's smallest unit is; always positive.
    public let minorUnits: Int64
    /// What it is counted in.
    public let currency: Currency

    /// An amount in minor units: `1250` in EUR is 12.50 EUR.
    ///
    /// - Throws: ``ContentError/amountOutOfRange``.
    public init(minorUnits: Int64, currency: Currency) throws(ContentError) {
        guard (1...Self.maximum).contains(minorUnits) else { throw .amountOutOfRange }
        self.minorUnits = minorUnits
        self.currency = currency
    }

    /// Reads `12.50`, `12` or `0.5`, with a point and no grouping.
    ///
    /// - Throws: ``ContentError/invalidAmount(_:)`` when it is no number or has more decimals than the currency.
    public init(decimal text: String, currency: Currency) throws(ContentError) {
        // As bytes, before anything is compared as text.
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }) else { throw .invalidAmount(text) }
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let decimals = parts.count == 2 ? parts[1] : ""
        guard let whole = parts.first, !whole.isEmpty, parts.count == 1 || !decimals.isEmpty,
            (whole + decimals).utf8.allSatisfy({ (0x30...0x39).contains($0) }), decimals.count <= currency.exponent
        else { throw .invalidAmount(text) }
        let digits = whole + decimals + String(repeating: "0", count: currency.exponent - decimals.count)
        guard let units = Int64(digits) else { throw .amountOutOfRange }
        try self.init(minorUnits: units, currency: currency)
    }
}

extension Amount: CustomStringConvertible {
    /// With all decimals that the currency has: `12.50 EUR`, `1200 JPY`.
    public var description: String {
        guard currency.exponent > 0 else { return "\(minorUnits) \(currency.code)" }
        let digits = String(minorUnits)
        let padded = String(repeating: "0", count: max(0, currency.exponent + 1 - digits.count)) + digits
        return "\(padded.dropLast(currency.exponent)).\(padded.suffix(currency.exponent)) \(currency.code)"
    }
}

/// A currency and how many decimals its minor unit has; ISO 4217.
public struct Currency: Hashable, Sendable {
    /// The three letters: `EUR`.
    public let code: String
    /// The number of decimals of the minor unit, 0 to 4.
    public let exponent: Int

    /// A currency by its alphabetic code.
    ///
    /// - Throws: ``ContentError/unknownCurrency(_:)``.
    public init(_ code: String) throws(ContentError) {
        guard code.utf8.count == 3, let exponent = Self.exponents[code] else { throw .unknownCurrency(code) }
        self.code = code
        self.exponent = exponent
    }

    /// The decimals of each currency that money is paid in, from ISO 4217.
    static let exponents: [String: Int] = {
        let byExponent: [Int: String] = [
            0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
            2: """
            AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC \
            CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR \
            KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN \
            PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS \
            UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
            """,
            3: "BHD IQD JOD KWD LYD OMR TND", 4: "CLF UYW",
        ]
        return Dictionary(
            uniqueKeysWithValues: byExponent.flatMap { exponent, codes in codes.split(separator: " ").map { (String($0), exponent) } })
    }()
}
