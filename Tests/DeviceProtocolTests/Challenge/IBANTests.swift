import Testing

@testable import DeviceProtocol

@Suite struct IBANTests {
    /// One number a country, as the registry of ISO 13616 gives them for an example.
    static let registered = [
        "AD1200012030200359100100", "AE070331234567890123456", "AL47212110090000000235698741", "AT611904300234573201",
        "AZ21NABZ00000000137010001944", "BA391290079401028494", "BE68539007547034", "BG80BNBG96611020345678", "BH67BMAG00001299123456",
        "BI4210000100010000332045181", "BR1800360305000010009795493C1", "BY13NBRB3600900000002Z00AB00", "CH9300762011623852957",
        "CR05015202001026284066", "CY17002001280000001200527600", "CZ6508000000192000145399", "DE89370400440532013000",
        "DK5000400440116243", "DO28BAGR00000001212453611324", "EE382200221020145685", "EG380019000500000000263180002",
        "ES9121000418450200051332", "FI2112345600000785", "FO6264600001631634", "FR1420041010050500013M02606", "GB29NWBK60161331926819",
        "GE29NB0000000101904917", "GI75NWBK000000007099453", "GL8964710001000206", "GR1601101250000000012300695",
        "GT82TRAJ01020000001210029690", "HN88CABF00000000000250005469", "HR1210010051863000160", "HU42117730161111101800000000",
        "IE29AIBK93115212345678", "IL620108000000099999999", "IQ98NBIQ850123456789012", "IS140159260076545510730339",
        "IT60X0542811101000000123456", "JO94CBJO0010000000000131000302", "KW81CBKU0000000000001234560101", "KZ86125KZT5004100100",
        "LB62099900000001001901229114", "LC55HEMM000100010012001200023015", "LI21088100002324013AA", "LT121000011101001000",
        "LU280019400644750000", "LV80BANK0000435195001", "MC5811222000010123456789030", "MD24AG000225100013104168",
        "ME25505000012345678951", "MK07250120000058984", "MR1300020001010000123456753", "MT84MALT011000012345MTLCAST001S",
        "MU17BOMM0101101030300200000MUR", "NL91ABNA0417164300", "NO9386011117947", "PK36SCBL0000001123456702",
        "PL61109010140000071219812874", "PS92PALS000000000400123456702", "PT50000201231234567890154", "QA58DOHB00001234567890ABCDEFG",
        "RO49AAAA1B31007593840000", "RS35260005601001611379", "RU0304452522540817810538091310419", "SA0380000000608010167519",
        "SC18SSCB11010000000000001497USD", "SD2129010501234001", "SE4550000000058398257466", "SI56263300012039086",
        "SK3112000000198742637541",
        "SM86U0322509800000000270100", "ST23000100010051845310146", "SV62CENR00000000000000700025", "TL380080012345678910157",
        "TN5910006035183598478831", "TR330006100519786457841326", "UA213223130000026007233566001", "VA59001123000012345678",
        "VG96VPVG0000012345678901", "XK051212012345678906",
    ]

    @Test(arguments: registered)
    func `the registry's example is read, with and without spaces, in either case`(text: String) throws {
        let iban = try IBAN(text)
        #expect(iban.value == text)
        #expect(try IBAN(iban.grouped) == iban)
        #expect(try IBAN(text.lowercased()) == iban)
    }

    /// Mod 97-10 finds each of these; a digit in place of a letter it finds mostly, but not always.
    @Test(arguments: registered)
    func `a changed, missing or added character, and two exchanged ones, are refused`(text: String) {
        let characters = Array(text)
        for index in characters.indices {
            for replacement in characters[index].isNumber ? "0123456789" : "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
            where replacement != characters[index] {
                var changed = characters
                changed[index] = replacement
                #expect(throws: ContentError.self, "\(String(changed))") { try IBAN(String(changed)) }
            }
            guard index + 1 < characters.count, characters[index] != characters[index + 1],
                characters[index].isNumber == characters[index + 1].isNumber
            else { continue }
            var exchanged = characters
            exchanged.swapAt(index, index + 1)
            #expect(throws: ContentError.self, "\(String(exchanged))") { try IBAN(String(exchanged)) }
        }
        #expect(throws: ContentError.self) { try IBAN(String(text.dropLast())) }
        #expect(throws: ContentError.self) { try IBAN(text + "0") }
    }

    @Test func `every country of the registry has a number of its own length`() throws {
        #expect(IBAN.lengths.count == 89)
        for (country, length) in IBAN.lengths {
            let text = Self.number(country, account: String(repeating: "7", count: length - 4))
            #expect(try IBAN(text).value.utf8.count == length)
            #expect(throws: ContentError.self, "\(country) too short") {
                try IBAN(Self.number(country, account: String(repeating: "7", count: length - 5)))
            }
            #expect(throws: ContentError.self, "\(country) too long") {
                try IBAN(Self.number(country, account: String(repeating: "7", count: length - 3)))
            }
        }
        let examples = Set(Self.registered.map { String($0.prefix(2)) })
        #expect(examples.count == Self.registered.count && examples.isSubset(of: IBAN.lengths.keys))
    }

    /// A number with the check digits that ISO 7064, mod 97-10, wants.
    static func number(_ country: String, account: String) -> String {
        let digits = (account + country + "00").compactMap(\.countedDigits).joined()
        let remainder = digits.utf8.reduce(0) { ($0 * 10 + Int($1) - 0x30) % 97 }
        let check = 98 - remainder
        return country + (check < 10 ? "0" : "") + String(check) + account
    }

    @Test(arguments: [
        ("LU280019400644750000", "LU28 0019 4006 4475 0000"), ("NO9386011117947", "NO93 8601 1117 947"),
        ("BE68539007547034", "BE68 5390 0754 7034"), ("MT84MALT011000012345MTLCAST001S", "MT84 MALT 0110 0001 2345 MTLC AST0 01S"),
    ])
    func `groups of four, and what is left`(text: String, grouped: String) throws {
        #expect(try IBAN(text).grouped == grouped)
    }

    @Test(arguments: [
        ("", "no country \"\" in ISO 13616"), ("L", "no country \"L\" in ISO 13616"),
        ("ZZ280019400644750000", "no country \"ZZ\" in ISO 13616"),
        ("US64SVBKUS6S3300958879", "no country \"US\" in ISO 13616"), ("12345678901234567890", "no country \"12\" in ISO 13616"),
        ("LU28001940064475000", "LU has 20 characters, not 19"), ("LU2800194006447500000", "LU has 20 characters, not 21"),
        ("LU", "LU has 20 characters, not 2"), ("LU290019400644750000", "the check digits do not fit"),
        ("LU28-0019-4006-4475-0000", "only letters and digits are allowed"),
        ("LU28\t0019 4006 4475 0000", "only letters and digits are allowed"),
        ("LU28\u{A0}0019 4006 4475 0000", "only letters and digits are allowed"),
        ("ＬＵ280019400644750000", "only letters and digits are allowed"),
        ("LU28001940064475000٠", "only letters and digits are allowed"),
        ("LU2800194006447500\u{301}00", "only letters and digits are allowed"),
        ("LUA80019400644750000", "the check digits are 02 to 98"), ("LU+80019400644750000", "only letters and digits are allowed"),
        ("LU2\u{0}0019400644750000", "only letters and digits are allowed"),
    ])
    func `an error says which check failed`(text: String, reason: String) {
        #expect(throws: ContentError.invalidIBAN(reason)) { try IBAN(text) }
    }

    @Test func `letters that become two of the alphabet in capitals are refused`() {
        // U+FB01 is the ligature fi: in capitals the text would be the registry's Finnish example.
        #expect("\u{FB01}2112345600000785".uppercased() == "FI2112345600000785")
        #expect(throws: ContentError.invalidIBAN("only letters and digits are allowed")) { try IBAN("\u{FB01}2112345600000785") }
        #expect(throws: ContentError.self) { try IBAN("LU28001940064475ß00") }
    }

    @Test(arguments: [("00", "97"), ("01", "98"), ("99", "02")])
    func `check digits that leave the right remainder and are never given out are refused`(false check: String, true given: String) throws {
        // Search an account that has these check digits.
        var found = 0
        for account in 0..<500 where found == 0 {
            let text = Self.number("LU", account: String(repeating: "0", count: 13) + String(account + 1000).suffix(3))
            guard text.dropFirst(2).hasPrefix(given) else { continue }
            found += 1
            #expect(throws: Never.self) { try IBAN(text) }
            #expect(throws: ContentError.invalidIBAN("the check digits are 02 to 98")) { try IBAN("LU" + check + text.dropFirst(4)) }
        }
        #expect(found == 1)
    }

    @Test func `huge text is refused`() {
        #expect(throws: ContentError.self) { try IBAN("LU" + String(repeating: "0", count: 1_000_000)) }
    }
}

extension Character {
    /// The digits that a character of an account counts as: itself, or 10 for A to 35 for Z.
    fileprivate var countedDigits: String? {
        guard let ascii = asciiValue else { return nil }
        return isLetter ? String(ascii - 0x41 + 10) : String(self)
    }
}
