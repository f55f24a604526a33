import DeviceProtocol
import Foundation
import TestSupport
import Testing

@testable import Verification

/// Rules such as "2 of {A, B, C}, at least one of {A}".
struct SignatureRuleTests {
    private static func person(_ name: String) -> SubscriberID { SubscriberID(rawValue: name) ?? TestPeople.nobody }
    private let people = ["anna", "ben", "carla"].map(Self.person)

    private func rules(_ json: String) throws(SignatureRuleError) -> SignatureRules { try SignatureRules(json: Data(json.utf8)) }

    /// One rule with some members changed.
    private func json(
        name: String = #""R-7""#, account: String = #""LU28 0019 4006 4475 0000""#, band: String = "null", signatures: String = "2",
        signers: String =
            #"[{"subscriber": "anna", "role": "Director"}, {"subscriber": "ben", "role": "Accountant"}, {"subscriber": "carla", "role": "Accountant"}]"#,
        atLeast: String = #"[{"count": 1, "of": ["anna"]}]"#, more: String = ""
    ) -> String {
        """
        {"name": \(name), "account": \(account), "band": \(band), "signatures": \(signatures), "signers": \(signers), "atLeast": \(atLeast)\(more)}
        """
    }

    @Test func `two of three, at least one of one, is read from JSON and written again`() throws {
        let read = try rules("[\(json(band: #"{"currency": "EUR", "above": "10000.00", "upTo": "50000"}"#))]")
        let rule = try #require(read.all.first)
        #expect(rule.name == "R-7")
        #expect(rule.account.value == "LU280019400644750000")
        #expect(rule.band?.above == 1_000_000)
        #expect(rule.band?.upTo == 5_000_000)
        #expect(rule.signatures == 2)
        #expect(rule.signers == [.init(people[0], as: "Director"), .init(people[1], as: "Accountant"), .init(people[2], as: "Accountant")])
        #expect(rule.groups == [.init(atLeast: 1, of: [people[0]])])
        #expect(try SignatureRules(json: read.json()) == read)
        #expect(try !String(decoding: read.json(), as: UTF8.self).contains("null"))
    }

    @Test func `the rule is met by two of three with the one, and by nothing less`() throws {
        let rule = try #require(try rules("[\(json())]").all.first)
        let (anna, ben, carla) = (people[0], people[1], people[2])
        for met: Set in [[anna, ben], [anna, carla], [anna, ben, carla]] { #expect(rule.isMet(by: met)) }
        for unmet: Set<SubscriberID> in [[], [anna], [ben], [ben, carla], [anna, Self.person("dora")]] { #expect(!rule.isMet(by: unmet)) }
    }

    private static let refusals: [@Sendable (SignatureRuleTests) -> (String, SignatureRuleError)] = [
        { ("[\($0.json(account: #""LU29 0019 4006 4475 0000""#))]", .unsuitableValue(.invalidIBAN("the check digits do not fit"))) },
        { ("[\($0.json(band: #"{"currency": "EUX"}"#))]", .unsuitableValue(.unknownCurrency("EUX"))) },
        { ("[\($0.json(band: #"{"currency": "EUR", "above": "-1"}"#))]", .unsuitableValue(.invalidAmount("-1"))) },
        { ("[\($0.json(band: #"{"currency": "JPY", "upTo": "1.5"}"#))]", .unsuitableValue(.invalidAmount("1.5"))) },
        { ("[\($0.json(band: #"{"currency": "EUR", "upTo": "99999999999999"}"#))]", .unsuitableValue(.amountOutOfRange)) },
        { ("[\($0.json(band: #"{"currency": "EUR", "above": "10", "upTo": "10"}"#))]", .emptyBand) },
        { ("[\($0.json(band: #"{"currency": "EUR", "upTo": "0"}"#))]", .emptyBand) },
        { ("[\($0.json(signers: "[]"))]", .noSigners) },
        { ("[\($0.json(signatures: "0"))]", .impossibleCount(0, signers: 3)) },
        { ("[\($0.json(signatures: "-2"))]", .impossibleCount(-2, signers: 3)) },
        { ("[\($0.json(signatures: "4"))]", .impossibleCount(4, signers: 3)) },
        {
            (
                "[\($0.json(signers: #"[{"subscriber": "anna", "role": "A"}, {"subscriber": "anna", "role": "B"}]"#))]",
                .duplicateSigner($0.people[0])
            )
        },
        { ("[\($0.json(signers: #"[{"subscriber": "an na", "role": "A"}]"#))]", .unsuitableSubscriber("an na")) },
        { ("[\($0.json(name: #""""#))]", .unsuitableText(.empty(field: "rule"))) },
        {
            (
                "[\($0.json(name: "\"\(String(repeating: "x", count: 33))\""))]",
                .unsuitableText(.tooLong(field: "rule", bytes: 33, limit: 32))
            )
        },
        { ("[\($0.json(atLeast: #"[{"count": 1, "of": []}]"#))]", .emptyGroup) },
        { ("[\($0.json(atLeast: #"[{"count": 0, "of": ["anna"]}]"#))]", .impossibleGroup(0, members: 1)) },
        { ("[\($0.json(atLeast: #"[{"count": 2, "of": ["anna"]}]"#))]", .impossibleGroup(2, members: 1)) },
        { ("[\($0.json(atLeast: #"[{"count": 1, "of": ["dora"]}]"#))]", .unknownMember(person("dora"))) },
        {
            (
                "[\($0.json(atLeast: #"[{"count": 1, "of": ["anna", "ben"]}, {"count": 1, "of": ["ben", "carla"]}]"#))]",
                .overlappingGroups($0.people[1])
            )
        },
        {
            (
                "[\($0.json(signatures: "1", atLeast: #"[{"count": 1, "of": ["anna"]}, {"count": 1, "of": ["ben"]}]"#))]",
                .tooFewSignatures(1, wanted: 2)
            )
        },
        { ("[\($0.json()), \($0.json())]", .duplicateName("R-7")) },
        { ("[\($0.json()), \($0.json(name: #""R-8""#))]", .twoWithoutBand("R-7", "R-8")) },
        {
            (
                "[\($0.json(band: #"{"currency": "EUR", "upTo": "100"}"#)), \($0.json(name: #""R-8""#, band: #"{"currency": "EUR", "above": "99.99"}"#))]",
                .overlappingBands("R-7", "R-8")
            )
        },
    ]

    @Test func `each thing that is wrong with a rule is its own error`() throws {
        var texts: Set<String> = []
        for refusal in Self.refusals {
            let (json, expected) = refusal(self)
            #expect(throws: expected, "\(json)") { try rules(json) }
            texts.insert(expected.description)
            #expect(expected.hint.count > 10)
        }
        #expect(texts.count > 20)
    }

    @Test(arguments: [
        ("", "JSON"), ("{}", "kind"), ("[{}]", #""name" is missing"#), ("[1]", "entry 1"), (#"[{"nam": 1}]"#, #""nam""#),
    ])
    func `what is not of the form is told with its place`(_ text: String, _ part: String) {
        #expect { try rules(text) } throws: { error in
            guard case SignatureRuleError.malformed(let reason) = error else { return false }
            return reason.contains(part) || part == "JSON"
        }
    }

    @Test func `a misspelt member is refused, since a band without its end would be another rule`() {
        for json in [
            json(more: #", "expires": 1"#), json(band: #"{"currency": "EUR", "upto": "10"}"#),
            json(atLeast: #"[{"count": 1, "of": ["anna"], "or": ["ben"]}]"#),
        ] {
            #expect {
                try rules("[\(json)]")
            } throws: {
                guard case SignatureRuleError.malformed(let reason) = $0 else { return false }
                return reason.contains("is not a member")
            }
        }
    }

    @Test func `a hundred people are one too many`() {
        let many = (0..<100).map { SignatureRule.Signer(Self.person("p\($0)"), as: "Director") }
        #expect(throws: SignatureRuleError.tooManySigners(100)) {
            try SignatureRule(name: "R", account: TestFirm.account(), signatures: 2, of: many)
        }
        #expect(throws: Never.self) {
            try SignatureRule(name: "R", account: TestFirm.account(), signatures: 99, of: Array(many.prefix(99)))
        }
    }

    @Test func `each amount of an account has one rule, at the edges too`() throws {
        let eur = try Currency("EUR")
        func rule(_ name: String, _ band: AmountBand?) throws -> SignatureRule { try TestFirm.rule(1, of: people, name: name, band: band) }
        let rules = try SignatureRules([
            rule("low", AmountBand(eur, upTo: 10_000)), rule("middle", AmountBand(eur, above: 10_000, upTo: 20_000)),
            rule("high", AmountBand(eur, above: 20_000)), rule("other", nil),
        ])
        for (cents, name) in [
            (1, "low"), (10_000, "low"), (10_001, "middle"), (20_000, "middle"), (20_001, "high"), (Amount.maximum, "high"),
        ]
            as [(Int64, String)]
        {
            #expect(try rules.rule(for: .payment(cents: cents), of: TestFirm.account())?.name == name, "\(cents)")
        }
        #expect(try rules.rule(for: .beneficiary(), of: TestFirm.account())?.name == "other")
        #expect(try rules.rule(for: .payment(), of: IBAN("DE89370400440532013000")) == nil)
        let banded = try SignatureRules([rule("low", AmountBand(eur, upTo: 10_000))])
        let none = TransactionRefusal.noRule(try TestFirm.account())
        #expect(throws: none) { try banded.rule(for: .payment(cents: 10_001), of: TestFirm.account()) }
        #expect(throws: none) { try banded.rule(for: .beneficiary(), of: TestFirm.account()) }
    }

    // The judge tries all sets of people.
    @Test func `whoever may take a place leaves the rule completable, for random rules`() throws {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<300 {
            let rule = try TestPeople.randomRule(using: &generator)
            let all = rule.signers.map(\.subscriber)
            let sets = (0..<(1 << all.count)).map { bits in Set(all.indices.filter { bits & (1 << $0) != 0 }.map { all[$0] }) }
            let complete = sets.filter { $0.count == rule.signatures && rule.isMet(by: $0) }
            #expect(!complete.isEmpty, "\(rule)")
            for set in sets where set.count <= rule.signatures {
                #expect(rule.groupsShutOut(by: set).isEmpty == complete.contains { $0.isSuperset(of: set) }, "\(rule) \(set)")
            }
            #expect(try SignatureRules(json: SignatureRules([rule]).json()).all == [rule])
        }
    }
}

/// People and rules drawn by chance.
enum TestPeople {
    static let nobody: SubscriberID = {
        guard let id = SubscriberID(rawValue: "nobody") else { preconditionFailure("nobody has a name") }
        return id
    }()

    /// A rule of one to seven people with groups that have nobody in common.
    static func randomRule(of names: [SubscriberID]? = nil, using generator: inout SeededGenerator) throws -> SignatureRule {
        let all = try names ?? (0..<Int.random(in: 1...7, using: &generator)).map { try SubscriberID("p\($0)") }
        let count = Int.random(in: 1...all.count, using: &generator)
        var rest = all.shuffled(using: &generator)
        var groups: [SignatureRule.Group] = []
        var left = count
        while left > 0, !rest.isEmpty, Bool.random(using: &generator) {
            let members = Set(rest.prefix(Int.random(in: 1...rest.count, using: &generator)))
            rest.removeFirst(members.count)
            let least = Int.random(in: 1...min(left, members.count), using: &generator)
            left -= least
            groups.append(.init(atLeast: least, of: members))
        }
        return try SignatureRule(
            name: "R-\(count)", account: TestFirm.account(), signatures: count, of: all.map { .init($0, as: "Director") }, groups: groups)
    }
}
