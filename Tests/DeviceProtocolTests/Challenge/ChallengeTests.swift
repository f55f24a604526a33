import DeviceProtocol
import Foundation
import TestSupport
import Testing

@Suite struct ChallengeTests {
    private let login: Challenge.Content

    init() throws { login = .login(try Login(place: "Luxembourg", browser: "Firefox")) }

    private func challenge(issuedAt: Date = Date(timeIntervalSince1970: 1000), timeToLive: Int = 120, origin: String = "bank.example")
        throws
        -> Challenge
    {
        try Challenge(
            id: ChallengeID([UInt8](repeating: 1, count: 16)), origin: origin, issuedAt: issuedAt, timeToLive: timeToLive, content: login)
    }

    @Test func `the moment of issue is cut to whole seconds, and it ends one life later`() throws {
        let challenge = try challenge(issuedAt: Date(timeIntervalSince1970: 1000.999), timeToLive: 60)
        #expect(challenge.issuedAt == Date(timeIntervalSince1970: 1000))
        #expect(challenge.expiresAt == Date(timeIntervalSince1970: 1060))
        #expect(try Challenge(der: challenge.der) == challenge)
    }

    @Test(arguments: [0, -1, 86_401, .max, .min])
    func `a life out of range is refused`(seconds: Int) {
        #expect(throws: ContentError.invalidLifetime(seconds)) { try challenge(timeToLive: seconds) }
    }

    @Test(arguments: [-1, -0.5, 253_402_300_800, .infinity, -.infinity, .nan, 1e300])
    func `a moment before 1970 or after 9999 is refused`(seconds: TimeInterval) {
        #expect(throws: ContentError.self) { try challenge(issuedAt: Date(timeIntervalSince1970: seconds)) }
    }

    @Test(arguments: [0, 253_402_300_799])
    func `the first and the last moment are allowed`(seconds: TimeInterval) throws {
        let challenge = try challenge(issuedAt: Date(timeIntervalSince1970: seconds), timeToLive: 86_400)
        #expect(try Challenge(der: challenge.der) == challenge)
    }

    @Test(arguments: ["", "  ", String(repeating: "b", count: 59), "bank\n.example", "bank\u{202E}.example"])
    func `an origin that cannot be shown plainly is refused`(origin: String) {
        #expect(throws: ContentError.self) { try challenge(origin: origin) }
    }

    @Test func `fields have the limits that the format states`() throws {
        let iban = try IBAN("LU280019400644750000")
        let amount = try Amount(minorUnits: 1, currency: Currency("EUR"))
        func text(_ count: Int) -> String { String(repeating: "x", count: count) }
        #expect(throws: Never.self) { try Payment(iban: iban, amount: amount, payee: text(105), reference: text(70)) }
        #expect(throws: ContentError.tooLong(field: "payee", bytes: 106, limit: 105)) {
            try Payment(iban: iban, amount: amount, payee: text(106))
        }
        #expect(throws: ContentError.tooLong(field: "reference", bytes: 71, limit: 70)) {
            try Payment(iban: iban, amount: amount, payee: "a", reference: text(71))
        }
        #expect(throws: ContentError.empty(field: "payee")) { try Payment(iban: iban, amount: amount, payee: "") }
        #expect(throws: ContentError.tooLong(field: "name", bytes: 106, limit: 105)) { try Beneficiary(iban: iban, name: text(106)) }
        #expect(throws: ContentError.empty(field: "name")) { try Beneficiary(iban: iban, name: " ") }
        #expect(throws: ContentError.tooLong(field: "place", bytes: 65, limit: 64)) { try Login(place: text(65), browser: "") }
        #expect(throws: ContentError.tooLong(field: "browser", bytes: 65, limit: 64)) { try Login(place: "", browser: text(65)) }
        #expect(throws: Never.self) { try Login(place: "", browser: "") }
    }

    @Test(arguments: [0, 1, 15, 17, 32])
    func `an id has sixteen bytes`(count: Int) {
        #expect(throws: ContentError.invalidIdentifier("a challenge has 16 bytes, not \(count)")) {
            try ChallengeID([UInt8](repeating: 0, count: count))
        }
    }

    @Test func `drawn ids differ, repeat with the seed, and are written as 32 digits`() throws {
        var first = SeededGenerator(seed: 1)
        var second = SeededGenerator(seed: 1)
        let ids = (0..<100).map { _ in ChallengeID(using: &first) }
        #expect(Set(ids).count == 100)
        #expect(ids == (0..<100).map { _ in ChallengeID(using: &second) })
        for id in ids { #expect(id.bytes.count == 16 && "\(id)".count == 32) }
        #expect(
            "\(try ChallengeID([0, 1, 15, 16, 255] + [UInt8](repeating: 0, count: 11)))" == "00010f10ff" + String(repeating: "0", count: 22)
        )
    }

    @Test func `only a login is a login`() throws {
        let iban = try IBAN("LU280019400644750000")
        #expect(login.isLogin)
        #expect(!Challenge.Content.beneficiary(try Beneficiary(iban: iban, name: "Ada")).isLogin)
        let amount = try Amount(minorUnits: 1, currency: Currency("EUR"))
        #expect(!Challenge.Content.payment(try Payment(iban: iban, amount: amount, payee: "Ada")).isLogin)
        #expect(!Challenge.Content.activation(try Activation(product: "Mobile", device: "Ada's")).isLogin)
        #expect(!Challenge.Content.batch(try Batch([.init(iban: iban, payee: "Ada", amount: amount)])).isLogin)
    }

    @Test func `what is shown stands in the order of the payload, whole, and nothing else`() throws {
        let examples = try Example.all().map(\.challenge.summary)
        #expect(
            examples[0]
                == Summary(
                    title: "Login", lines: [.init("Origin", "bank.example"), .init("Place", "Luxembourg"), .init("Browser", "Firefox 140")])
        )
        #expect(
            examples[1]
                == Summary(
                    title: "New beneficiary",
                    lines: [.init("Origin", "bank.example"), .init("IBAN", "LU28 0019 4006 4475 0000"), .init("Name", "Zoë")]))
        #expect(
            examples[2]
                == Summary(
                    title: "Payment",
                    lines: [
                        .init("Origin", "bank.example"), .init("IBAN", "LU28 0019 4006 4475 0000"), .init("Amount", "12.50 EUR"),
                        .init("Payee", "Ada Lovelace"), .init("Reference", ""),
                    ]))
        #expect(
            examples[3]
                == Summary(
                    title: "New device",
                    lines: [.init("Origin", "bank.example"), .init("Product", "Mobile"), .init("Device", "Zoë’s phone")])
        )
        #expect(
            examples[4]
                == Summary(
                    title: "Batch",
                    lines: [
                        .init("Origin", "bank.example"), .init("Total", "13.49 EUR"), .init("Payments", "2"),
                        .init("IBAN 1", "LU28 0019 4006 4475 0000"), .init("Payee 1", "Boulangerie"), .init("Amount 1", "12.50 EUR"),
                        .init("IBAN 2", "DE89 3704 0044 0532 0130 00"), .init("Payee 2", "Zoë"), .init("Amount 2", "0.99 EUR"),
                        .init("Rule", "R-7"), .init("Role", "Director"), .init("Signature", "2 of 3"),
                    ]))
        #expect(
            examples[5]
                == Summary(
                    title: "Batch to trusted beneficiaries",
                    lines: [.init("Origin", "bank.example"), .init("Total", "6000.21 EUR"), .init("Payments", "6")]))
    }

    @Test func `the texts shown are those of the DER, in its order`() throws {
        var challenges = RandomChallenges(seed: 9)
        let numbers = ["Amount", "Total", "Payments", "Signature"]
        for _ in 0..<200 {
            let challenge = try challenges.nextOfAnySize()
            var rest = challenge.der[...]
            for line in challenge.summary.lines where !numbers.contains(where: line.label.hasPrefix) {
                let text = line.label.hasPrefix("IBAN") ? line.text.filter { $0 != " " } : line.text
                let written = [0x0C, UInt8(text.utf8.count)] + Array(text.utf8)
                let place = try #require(rest.firstRange(of: written), "\(line.label)")
                rest = rest[place.upperBound...]
            }
        }
    }
}
