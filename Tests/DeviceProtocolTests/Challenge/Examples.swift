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

    private static func euros(_ cents: Int64) throws -> Amount { try Amount(minorUnits: cents, currency: Currency("EUR")) }

    /// Two payments to two countries.
    static var transfers: [Batch.Transfer] {
        get throws {
            [
                try .init(iban: IBAN("LU280019400644750000"), payee: "Boulangerie", amount: euros(1250)),
                try .init(iban: IBAN("DE89370400440532013000"), payee: "Zoë", amount: euros(99)),
            ]
        }
    }

    static func all() throws -> [Example] {
        func challenge(_ content: Challenge.Content, timeToLive: Int = 120, role: SignerRole? = nil) throws -> Challenge {
            try Challenge(
                id: ChallengeID(Array(0..<16)), origin: "bank.example", issuedAt: Date(timeIntervalSince1970: 1_700_000_000),
                timeToLive: timeToLive, content: content, role: role)
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
            Example(
                name: "activation", challenge: try challenge(.activation(Activation(product: "Mobile", device: "Zoë’s phone"))),
                der: "3046\(head)020178a3180c064d6f62696c650c0e5a6fc3abe28099732070686f6e65",
                digests: [
                    .scan: "60b58d2d7b847162e88ea2ab02118acc14d1440d3213255ed5fa89aeddff453a",
                    .mobile: "3a0a2ddf79d7f069ded2d5d9cc27583fe87a86141ccfc6a679e0b5116c09ef43",
                    .card: "0fc0190567bf103f85365a2614ce63fae8416237031f9f8fa69fb8f05f1727e9",
                ]),
            Example(
                name: "batch with a role",
                challenge: try challenge(
                    .batch(Batch(transfers)), role: SignerRole(rule: "R-7", role: "Director", number: 2, of: 3)),
                der: "30819f\(head)020178"
                    + "a45a020205450c03455552020102304c"
                    + "30270c144c553238303031393430303634343735303030300c0b426f756c616e6765726965020204e2"
                    + "30210c16444538393337303430303434303533323031333030300c045a6fc3ab020163"
                    + "30150c03522d370c084469726563746f72020102020103",
                digests: [
                    .scan: "b142f651019395e519d9673f62ea7d4e9442fc1577a394a99087a14e4f379943",
                    .mobile: "166400308ada48afdae68f879e7c32b92e4a7c9eb80a4587b2cdd8f85b6ab7ea",
                    .card: "a2bfff470e91434d367b7c9c632ca937a076876c7ff93417de21f897953aa5cf",
                ]),
            Example(
                name: "batch to trusted beneficiaries",
                challenge: try challenge(
                    .batch(
                        Batch(
                            (1...6).map {
                                try .init(iban: iban, payee: "Employee \($0)", amount: euros(100_000 + $0))
                            }, payeesAreTrusted: true))),
                der: "305d\(head)020178"
                    + "a42f02030927d50c034555520201060420424d0c1b7c14ad2a48570f7b7f624364c93052cd012d2c9474f61c7913f80236",
                digests: [
                    .scan: "ac9351ddecebe56c78defaee99523baacd14ab847cd2f49715cb7a312d8536a3",
                    .mobile: "721c150e40e6547f5298d2cc2ad1aad4b624de4d3de752196d8fda4c2a755a1f",
                    .card: "7cda977217f867f7552f794af26fd59dd52bada0c1bdfc92f2db41ebe8156111",
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
