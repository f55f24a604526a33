import DeviceProtocol
import Foundation
import Testing

/// One challenge of each kind, with its canonical DER and its digests computed by another program.
struct Example: CustomTestStringConvertible {
    let name: String
    let challenge: Challenge
    let der: String
    /// By kind of answer, for the device `SC-0001`.
    let digests: [AnswerKind: String]

    var testDescription: String { name }

    static func all() throws -> [Example] {
        func challenge(_ content: Challenge.Content, timeToLive: Int = 120) throws -> Challenge {
            try Challenge(
                id: ChallengeID(Array(0..<16)), origin: "bank.example", issuedAt: Date(timeIntervalSince1970: 1_700_000_000),
                timeToLive: timeToLive, content: content)
        }
        let iban = try IBAN("LU28 0019 4006 4475 0000")
        let head = "0201010410000102030405060708090a0b0c0d0e0f0c0c62616e6b2e6578616d706c6502046553f100"
        return [
            Example(
                name: "login", challenge: try challenge(.login(Login(place: "Luxembourg", browser: "Firefox 140"))),
                der: "3047\(head)020178a0190c0a4c7578656d626f7572670c0b46697265666f7820313430",
                digests: [
                    .scan: "64c391fbf8787b91f40873a1b8f7b623aa0ed182d8fcad1d448e29325f3273c7",
                    .mobile: "30497c0eb8bb8cc835538430db2f298fe6d32798a37a5b1a9765943310084663",
                    .card: "9460ddaec598120d6ae7a284851de3a555c73d451247eec44d76dadfaf323418",
                ]),
            Example(
                name: "beneficiary", challenge: try challenge(.beneficiary(Beneficiary(iban: iban, name: "Zoë"))),
                der: "304a\(head)020178a11c0c144c553238303031393430303634343735303030300c045a6fc3ab",
                digests: [
                    .scan: "ffa120d82e3120743a9b663381068e4665bf788bfc534e4cb01d235a7e5a03d9",
                    .mobile: "e7de322ffe9e38e49d902f2d52590caa5e09cf795dc40936f1e7fa17720670ef",
                    .card: "08879bb45ba9ec65f591a0a8a0d706a88f1dd519e67c6f68b98b08d9549d94ff",
                ]),
            Example(
                name: "payment",
                challenge: try challenge(
                    .payment(Payment(iban: iban, amount: Amount(minorUnits: 1250, currency: Currency("EUR")), payee: "Ada Lovelace")),
                    timeToLive: 300),
                der: "305e\(head)0202012c"
                    + "a22f0c144c55323830303139343030363434373530303030020204e20c034555520c0c416461204c6f76656c6163650c00",
                digests: [
                    .scan: "5eef6e2f82b028ea10aef4ed39c787c0df9253283dd5e7981df576aeeedb395d",
                    .mobile: "d1e4f8cb3bc2fc02f1bf82768c7d10416cebce663989432d2001ef2ccd23ba1d",
                    .card: "fd06aed45891d5162452da0028e8ce8e754679132930c1f7b03bb2c4285f6fca",
                ]),
        ]
    }
}

extension [UInt8] {
    /// Lower-case digits, two a byte.
    var hexadecimal: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

    init(hexadecimal digits: String) {
        let digits = Swift.Array(digits)
        self = stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }
}
