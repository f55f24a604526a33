import Foundation
import TestSupport
import Testing

@testable import DeviceProtocol

@Suite struct BatchTests {
    private static func transfer(_ units: Int64 = 100, _ currency: String = "EUR", payee: String = "Ada") throws -> Batch.Transfer {
        try .init(iban: IBAN("LU280019400644750000"), payee: payee, amount: Amount(minorUnits: units, currency: Currency(currency)))
    }

    private static func transfers(_ count: Int) throws -> [Batch.Transfer] {
        try (0..<count).map { try transfer(Int64($0) + 1, payee: "Payee \($0)") }
    }

    @Test(arguments: 1...4)
    func `up to four payments are listed, whoever receives them`(count: Int) throws {
        let transfers = try Self.transfers(count)
        for batch in [try Batch(transfers), try Batch(transfers, payeesAreTrusted: true)] {
            #expect(batch.transfers == .listed(transfers))
            #expect(batch.count == count)
            #expect(batch.total.minorUnits == Int64(count * (count + 1) / 2))
        }
    }

    @Test(arguments: [5, 6, 100, 99_999])
    func `a larger one is refused unless all payees are trusted, and then is shown as total and count`(count: Int) throws {
        let transfers = try (0..<count).map { _ in try Self.transfer() }
        #expect(throws: ContentError.invalidBatch("of \(count) payments, 4 can be shown, and not all payees are trusted")) {
            try Batch(transfers)
        }
        let batch = try Batch(transfers, payeesAreTrusted: true)
        #expect(batch.count == count && batch.total.minorUnits == Int64(count) * 100)
        guard case .trusted(let digest) = batch.transfers else {
            Issue.record("listed")
            return
        }
        #expect(digest.count == 32)
    }

    @Test func `none, too many, two currencies and too great a sum are refused`() throws {
        #expect(throws: ContentError.invalidBatch("it has no payments")) { try Batch([]) }
        let many = [Batch.Transfer](repeating: try Self.transfer(), count: 100_000)
        #expect(throws: ContentError.invalidBatch("100000 payments cannot stand as a hash; 5 to 99999 can")) {
            try Batch(many, payeesAreTrusted: true)
        }
        #expect(throws: ContentError.invalidBatch("it has more than one currency")) {
            try Batch([Self.transfer(), Self.transfer(100, "USD")])
        }
        let rich = [Batch.Transfer](repeating: try Self.transfer(Amount.maximum), count: 99_999)
        for count in [2, 4, 5, 99_999] {
            #expect(throws: ContentError.amountOutOfRange) { try Batch(Array(rich.prefix(count)), payeesAreTrusted: true) }
        }
        #expect(throws: Never.self) { try Batch([Self.transfer(Amount.maximum - 1), Self.transfer(1)]) }
    }

    @Test func `a payee is checked as a payment's is`() {
        #expect(throws: ContentError.empty(field: "payee")) { try Self.transfer(payee: " ") }
        #expect(throws: ContentError.tooLong(field: "payee", bytes: 106, limit: 105)) {
            try Self.transfer(payee: String(repeating: "x", count: 106))
        }
        #expect(throws: ContentError.forbiddenCharacter(field: "payee", scalar: 0x200B)) { try Self.transfer(payee: "A\u{200B}da") }
    }

    @Test func `the hash of a list that is not shown changes with every payment and their order`() throws {
        let transfers = try Self.transfers(6)
        var lists = [transfers, Array(transfers.reversed()), Array(transfers.dropLast()), transfers + [transfers[0]]]
        for index in transfers.indices {
            for other in [
                try Self.transfer(Int64(index) + 2, payee: "Payee \(index)"), try Self.transfer(Int64(index) + 1, payee: "Payee"),
                try Batch.Transfer(
                    iban: IBAN("DE89370400440532013000"), payee: "Payee \(index)", amount: transfers[index].amount),
            ] {
                var changed = transfers
                changed[index] = other
                lists.append(changed)
            }
        }
        let digests = try lists.map { try Batch($0, payeesAreTrusted: true).transfers }
        #expect(Set(digests).count == lists.count)
    }

    // MARK: What is read

    private static func read(total: Int64, count: Int, _ transfers: Batch.Transfers) throws(ContentError) -> Batch {
        try Batch(total: Amount(minorUnits: total, currency: Currency("EUR")), count: count, transfers: transfers)
    }

    @Test func `total and count have to agree with the list`() throws {
        let list = Batch.Transfers.listed(try Self.transfers(3))
        #expect(throws: Never.self) { try Self.read(total: 6, count: 3, list) }
        for total in [1, 5, 7, Amount.maximum] {
            #expect(throws: ContentError.invalidBatch("its total is not the sum")) { try Self.read(total: total, count: 3, list) }
        }
        for count in [-1, 0, 2, 4, .max] {
            #expect(throws: ContentError.invalidBatch("it says that it has \(count) payments, and lists 3")) {
                try Self.read(total: 6, count: count, list)
            }
        }
        #expect(throws: ContentError.self) { try Self.read(total: 15, count: 5, .listed(try Self.transfers(5))) }
        #expect(throws: ContentError.self) { try Self.read(total: 1, count: 0, .listed([])) }
    }

    @Test func `a hash stands for five payments or more, and has 32 bytes`() {
        let hash = Batch.Transfers.trusted(digest: [UInt8](repeating: 1, count: 32))
        #expect(throws: Never.self) { try Self.read(total: 1, count: 5, hash) }
        for count in [.min, -5, 0, 1, 4, 100_000, .max] {
            #expect(throws: ContentError.self, "\(count)") { try Self.read(total: 1, count: count, hash) }
        }
        for bytes in [0, 31, 33, 64] {
            #expect(throws: ContentError.invalidBatch("its hash has \(bytes) bytes, not 32")) {
                try Self.read(total: 1, count: 5, .trusted(digest: [UInt8](repeating: 1, count: bytes)))
            }
        }
    }

    @Test func `a list of five is refused when it is read, however it is written`() throws {
        let four = try Challenge(
            id: ChallengeID(Array(0..<16)), origin: "b", issuedAt: Date(timeIntervalSince1970: 0), content: .batch(Batch(Self.transfers(4)))
        )
        let list = try Challenge.encode(Self.transfers(4))
        let longer = try Challenge.encode(Self.transfers(5))
        let place = try #require(four.der.firstRange(of: list))
        #expect(four.der[place] == list[...])
        // Put five into the place of four, with every length and the count set right.
        func node(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
            content.count < 128 ? [tag, UInt8(content.count)] + content : [tag, 0x81, UInt8(content.count)] + content
        }
        let batch = node(0xA4, [0x02, 0x01, 15, 0x0C, 3, 0x45, 0x55, 0x52, 0x02, 0x01, 5] + longer)
        let head = node(0x04, Array(0..<16)) + node(0x0C, [0x62]) + node(0x02, [0]) + node(0x02, [120])
        #expect { try Challenge(der: node(0x30, [0x02, 0x01, 0x01] + head + batch)) } throws: { error in
            if case ContentError.invalidBatch = error { true } else if case ContentError.notCanonical = error { true } else { false }
        }
    }
}

@Suite struct SignerRoleTests {
    @Test(arguments: [(1, 2), (2, 2), (1, 99), (99, 99)])
    func `signature k of n, from the first to the last`(number: Int, count: Int) throws {
        let role = try SignerRole(rule: "R-7", role: "Director", number: number, of: count)
        #expect(role.number == number && role.of == count)
    }

    @Test(arguments: [(0, 2), (3, 2), (-1, 2), (1, 1), (1, 0), (1, 100), (.max, .max), (.min, .min)])
    func `others do not exist`(number: Int, count: Int) {
        #expect { try SignerRole(rule: "R-7", role: "Director", number: number, of: count) } throws: { error in
            if case ContentError.invalidRole = error { true } else { false }
        }
    }

    @Test func `rule and role have names of up to 32 bytes`() {
        let long = String(repeating: "x", count: 33)
        #expect(throws: ContentError.tooLong(field: "rule", bytes: 33, limit: 32)) {
            try SignerRole(rule: long, role: "a", number: 1, of: 2)
        }
        #expect(throws: ContentError.tooLong(field: "role", bytes: 33, limit: 32)) {
            try SignerRole(rule: "a", role: long, number: 1, of: 2)
        }
        #expect(throws: ContentError.empty(field: "rule")) { try SignerRole(rule: "", role: "a", number: 1, of: 2) }
        #expect(throws: ContentError.empty(field: "role")) { try SignerRole(rule: "a", role: "", number: 1, of: 2) }
    }

    @Test func `nobody logs in as one of several`() throws {
        let role = try SignerRole(rule: "R-7", role: "Director", number: 1, of: 2)
        #expect(throws: ContentError.invalidRole("a login is signed by one person")) {
            try Challenge(
                id: ChallengeID(Array(0..<16)), origin: "b", issuedAt: Date(), content: .login(Login(place: "", browser: "")), role: role)
        }
    }

    @Test func `every part of a role changes what is covered`() throws {
        func der(_ role: SignerRole?) throws -> [UInt8] {
            try Challenge(
                id: ChallengeID(Array(0..<16)), origin: "b", issuedAt: Date(timeIntervalSince1970: 0),
                content: .activation(Activation(product: "Mobile", device: "a")), role: role
            ).der
        }
        let roles: [SignerRole?] = [
            nil, try SignerRole(rule: "R-7", role: "Director", number: 1, of: 2),
            try SignerRole(rule: "R-8", role: "Director", number: 1, of: 2),
            try SignerRole(rule: "R-7", role: "Clerk", number: 1, of: 2), try SignerRole(rule: "R-7", role: "Director", number: 2, of: 2),
            try SignerRole(rule: "R-7", role: "Director", number: 1, of: 3),
        ]
        #expect(Set(try roles.map(der)).count == roles.count)
        for role in roles { #expect(try Challenge(der: der(role)).role == role) }
    }
}
