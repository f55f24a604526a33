import DeviceProtocol
import Foundation
import TestSupport
import Testing
import Verification

/// When a person must prove themselves; the articles are those of Delegated Regulation (EU) 2018/389.
struct StrongAuthenticationPolicyTests {
    private typealias Policy = StrongAuthenticationPolicy
    private let now = TestBank.start

    private func payment(_ units: Int64, _ currency: String = "EUR") throws -> SensitiveAction {
        .approvePayment(
            try Payment(iban: TestFirm.account(), amount: Amount(minorUnits: units, currency: Currency(currency)), payee: "Anna Muster"))
    }

    private func batch(_ units: Int64, count: Int) throws -> SensitiveAction {
        let amount = try Amount(minorUnits: units, currency: Currency("EUR"))
        return .approveBatch(
            try Batch((0..<count).map { _ in try Batch.Transfer(iban: TestFirm.account(), payee: "A", amount: amount) }))
    }

    /// A session that began and was used so many seconds ago.
    private func session(began: TimeInterval = 60, idle: TimeInterval = 10, trusted: Bool = false, sum: Int64 = 0, count: Int = 0)
        -> Policy.Circumstances
    {
        Policy.Circumstances(
            authenticatedAt: now - began, lastActive: now - idle, payeesAreTrusted: trusted, exemptedSum: sum, exemptedCount: count)
    }

    private func all() throws -> [SensitiveAction] {
        [
            .authenticate(try Login(place: "Luxembourg", browser: "Firefox")), try payment(1), try batch(1, count: 2),
            .addBeneficiary(try Beneficiary(iban: TestFirm.account(), name: "Anna Muster")),
            .enrol(try Activation(product: "Mobile", device: "M-1")), .changeSecretImage(try SecretImageChange(image: "boat")),
        ]
    }

    @Test func `unless exemptions are named, everything is approved`() throws {
        for action in try all() {
            #expect(Policy().demand(for: action, in: session(trusted: true), at: now) == .approval, "\(action)")
        }
    }

    @Test func `adding a beneficiary is approved by a device whatever is exempt, and so is a payment above the bank's amount`() throws {
        let policy = Policy(exemptsTrustedBeneficiaries: true, trustedLimits: ["EUR": 50_000], lowValue: .init())
        let beneficiary = SensitiveAction.addBeneficiary(try Beneficiary(iban: TestFirm.account(), name: "Anna Muster"))
        #expect(policy.demand(for: beneficiary, in: session(trusted: true), at: now) == .approval)
        #expect(policy.demand(for: try payment(50_000), in: session(trusted: true), at: now) == .nothing(.trustedBeneficiary))
        #expect(policy.demand(for: try payment(50_001), in: session(trusted: true), at: now) == .approval)
        #expect(policy.demand(for: try payment(3001), in: session(), at: now) == .approval)
    }

    @Test func `without a session a login comes first, whatever exemptions there are`() throws {
        let lenient = Policy(exemptsTrustedBeneficiaries: true, lowValue: .init())
        let sessions = [
            Policy.Circumstances(payeesAreTrusted: true), session(began: 600, idle: 300, trusted: true), session(began: 10, idle: 20),
            session(began: -5, idle: -10), session(began: .infinity, idle: .infinity),
        ]
        for circumstances in sessions {
            for action in try all() {
                let isLogin = action.content.isLogin
                #expect(lenient.demand(for: action, in: circumstances, at: now) == (isLogin ? .approval : .authentication), "\(action)")
            }
        }
    }

    @Test(arguments: [(0.0, true), (299, true), (300, false), (301, false)])
    func `a session ends after five minutes without activity, Article 4`(_ idle: TimeInterval, _ isOpen: Bool) throws {
        let demand = Policy().demand(for: try payment(1), in: session(began: 10_000, idle: idle), at: now)
        #expect(demand == (isOpen ? .approval : .authentication))
    }

    @Test func `a further device is enrolled by who logged in lately`() throws {
        let enrol = try #require(try all().first { if case .enrol = $0 { true } else { false } })
        #expect(Policy().demand(for: enrol, in: session(began: 300), at: now) == .approval)
        #expect(Policy().demand(for: enrol, in: session(began: 301), at: now) == .authentication)
        #expect(Policy(freshness: 60).demand(for: enrol, in: session(began: 61), at: now) == .authentication)
        #expect(Policy(freshness: 100_000).demand(for: enrol, in: session(began: 301), at: now) == .authentication)
    }

    @Test func `payments to trusted beneficiaries are exempt up to the bank's limit, and adding one never is, Article 13`() throws {
        let policy = Policy(exemptsTrustedBeneficiaries: true, trustedLimits: ["EUR": 100_000])
        #expect(policy.demand(for: try payment(100_000), in: session(trusted: true), at: now) == .nothing(.trustedBeneficiary))
        #expect(policy.demand(for: try payment(100_001), in: session(trusted: true), at: now) == .approval)
        #expect(policy.demand(for: try payment(1), in: session(), at: now) == .approval)
        #expect(policy.demand(for: try payment(100_001, "USD"), in: session(trusted: true), at: now) == .approval, "no limit is known")
        let unlimited = Policy(exemptsTrustedBeneficiaries: true)
        #expect(unlimited.demand(for: try payment(100_001, "USD"), in: session(trusted: true), at: now) == .nothing(.trustedBeneficiary))
        #expect(policy.demand(for: try batch(50_000, count: 2), in: session(trusted: true), at: now) == .nothing(.trustedBeneficiary))
        #expect(policy.demand(for: try batch(50_001, count: 2), in: session(trusted: true), at: now) == .approval)
        for action in try all() where ![.approvePayment, .approveBatch].contains(Kind(action)) {
            #expect(policy.demand(for: action, in: session(trusted: true), at: now) == .approval)
        }
    }

    private enum Kind {
        case approvePayment, approveBatch, other
        init(_ action: SensitiveAction) {
            switch action {
            case .approvePayment: self = .approvePayment
            case .approveBatch: self = .approveBatch
            default: self = .other
            }
        }
    }

    @Test(
        arguments: [
            (3000, 0, 0, true), (3001, 0, 0, false), (3000, 7000, 4, true), (3000, 7001, 0, false), (1, 0, 5, false), (1, 9999, 4, true),
            (1, .max, 0, false), (1, 0, .max, false), (1, -1, 0, false), (1, 0, -1, false),
        ] as [(Int64, Int64, Int, Bool)])
    func `a payment of 30 euros is exempt while sum and number stay low, Article 16`(
        _ cents: Int64, _ sum: Int64, _ count: Int, _ isExempt: Bool
    )
        throws
    {
        let demand = Policy(lowValue: .init()).demand(for: try payment(cents), in: session(sum: sum, count: count), at: now)
        #expect(demand == (isExempt ? .nothing(.lowValue) : .approval))
    }

    @Test func `only trust and small sums exempt, no process and no risk that is low, Articles 17 and 18`() throws {
        let lenient = Policy(exemptsTrustedBeneficiaries: true, trustedLimits: ["EUR": 50_000], lowValue: .init())
        var random = SeededGenerator(seed: 17_18)
        for _ in 0..<2_000 {
            let (cents, isTrusted) = (Int64.random(in: 1...100_000, using: &random), Bool.random(using: &random))
            let (sum, count) = (Int64.random(in: 0...12_000, using: &random), Int.random(in: 0...6, using: &random))
            let (number, currency) = (Int64.random(in: 1...3, using: &random), ["EUR", "USD"].randomElement(using: &random) ?? "")
            let action = number == 1 ? try payment(cents, currency) : try batch(cents, count: Int(number))
            let isEuro = number > 1 || currency == "EUR"
            let mayBeTrusted = isTrusted && isEuro && cents * number <= 50_000
            let mayBeSmall = isEuro && cents * number <= 3_000 && sum + cents * number <= 10_000 && count + Int(number) <= 5
            let demand = lenient.demand(for: action, in: session(trusted: isTrusted, sum: sum, count: count), at: now)
            #expect((demand == .approval) == !(mayBeTrusted || mayBeSmall), "\(cents) \(currency) \(number) \(sum) \(count) \(isTrusted)")
        }
    }

    @Test func `other currencies are never small, and a batch counts as its payments`() throws {
        let policy = Policy(lowValue: .init())
        #expect(policy.demand(for: try payment(1, "JPY"), in: session(), at: now) == .approval)
        #expect(policy.demand(for: try batch(100, count: 4), in: session(count: 1), at: now) == .nothing(.lowValue))
        #expect(policy.demand(for: try batch(100, count: 4), in: session(count: 2), at: now) == .approval)
    }

    @Test func `a batch that stands as a hash is always approved`() throws {
        let transfers = try (0..<5).map { _ in
            try Batch.Transfer(iban: TestFirm.account(), payee: "A", amount: Amount(minorUnits: 1, currency: Currency("EUR")))
        }
        let hashed = SensitiveAction.approveBatch(try Batch(transfers, payeesAreTrusted: true))
        let lenient = Policy(exemptsTrustedBeneficiaries: true, lowValue: .init())
        #expect(lenient.demand(for: hashed, in: session(), at: now) == .approval)
        #expect(lenient.demand(for: hashed, in: session(trusted: true), at: now) == .approval)
        #expect(lenient.demand(for: hashed, in: session(idle: 300), at: now) == .authentication)
    }

    // For limits drawn by chance, also absurd ones.
    @Test func `no configuration exempts more than the Regulation does`() throws {
        var generator = SeededGenerator(seed: 16)
        for _ in 0..<2000 {
            let limits = Policy.LowValue(
                payment: .random(in: -10...20_000, using: &generator), sum: .random(in: -10...200_000, using: &generator),
                count: .random(in: -2...50, using: &generator))
            let policy = Policy(lowValue: limits, freshness: .random(in: -10...10_000, using: &generator))
            let cents = Int64.random(in: 1...20_000, using: &generator)
            let circumstances = session(
                idle: .random(in: 0...60, using: &generator), sum: .random(in: 0...20_000, using: &generator),
                count: .random(in: 0...10, using: &generator))
            guard policy.demand(for: try payment(cents), in: circumstances, at: now) == .nothing(.lowValue) else { continue }
            #expect(cents <= 3000)
            #expect(circumstances.exemptedSum + cents <= 10_000)
            #expect(circumstances.exemptedCount < 5)
        }
    }
}
