/// An International Bank Account Number: country, check digits, account; ISO 13616-1.
public struct IBAN: Hashable, Sendable {
    /// Upper case, without spaces: `LU280019400644750000`.
    public let value: String

    /// Checks country, length and check digits; spaces are let pass.
    ///
    /// - Throws: ``ContentError/invalidIBAN(_:)`` with the check that failed.
    public init(_ text: String) throws(ContentError) {
        // Code point by code point: to compare characters takes the square of how many marks stand on one.
        let typed = String(String.UnicodeScalarView(text.unicodeScalars.filter { $0 != " " }))
        // Before letters are raised: some others, like the ligature U+FB01, become two of A to Z.
        guard typed.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) }) else {
            throw .invalidIBAN("only letters and digits are allowed")
        }
        let compact = typed.uppercased()
        let country = String(compact.prefix(2))
        guard let length = Self.lengths[country] else { throw .invalidIBAN("no country \"\(country)\" in ISO 13616") }
        guard compact.utf8.count == length else {
            throw .invalidIBAN("\(country) has \(length) characters, not \(compact.utf8.count)")
        }
        // 00, 01 and 99 leave the same remainder as 97, 98 and 02, and are never given out.
        guard let check = Int(compact.dropFirst(2).prefix(2)), (2...98).contains(check) else {
            throw .invalidIBAN("the check digits are 02 to 98")
        }
        var remainder = 0
        for character in (compact.dropFirst(4) + compact.prefix(4)).utf8 {
            // Letters count from A = 10, so they shift by two decimal places (ISO 7064, mod 97-10).
            let digit = character < 0x41 ? Int(character) - 0x30 : Int(character) - 0x41 + 10
            remainder = (remainder * (digit < 10 ? 10 : 100) + digit) % 97
        }
        guard remainder == 1 else { throw .invalidIBAN("the check digits do not fit") }
        value = compact
    }

    /// In groups of four, as people compare it: `LU28 0019 4006 4475 0000`.
    public var grouped: String {
        stride(from: 0, to: value.count, by: 4).map { String(value.dropFirst($0).prefix(4)) }.joined(separator: " ")
    }

    /// The length of each country's number, from the ISO 13616 registry.
    static let lengths: [String: Int] = {
        let byLength: [Int: String] = [
            15: "NO", 16: "BE", 18: "DK FI FK FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK", 21: "CH HR LI LV",
            22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
            25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
            29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
        ]
        return Dictionary(
            uniqueKeysWithValues: byLength.flatMap { length, countries in countries.split(separator: " ").map { (String($0), length) } })
    }()
}
