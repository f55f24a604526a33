import DeviceProtocol
public import Foundation

/// When a person must prove themselves, and how strongly: the bank's choice within Delegated Regulation (EU) 2018/389 (the RTS).
///
/// The bank may ask for more than the Regulation does, never for less: a limit that is higher than its article allows is lowered to it.
/// The exemptions of Articles 13 and 16 are the payer's bank's choice, and off unless they are named.
public struct StrongAuthenticationPolicy: Hashable, Sendable {
    /// The exemption for small payments; RTS, Article 16.
    public struct LowValue: Hashable, Sendable {
        /// The most minor units of one payment: 30.00 in EUR at most.
        public static let paymentLimit: Int64 = 3000
        /// The most minor units since strong authentication was last applied: 100.00 in EUR at most.
        public static let sumLimit: Int64 = 10_000
        /// The most payments in a row since then: 5 at most.
        public static let countLimit = 5

        /// The most minor units of one payment, in EUR.
        public let payment: Int64
        /// The most minor units since strong authentication was last applied, in EUR.
        public let sum: Int64
        /// The most payments in a row since then.
        public let count: Int

        /// Limits; each is at most the Article's.
        ///
        /// The Article wants 30 EUR each, and of the payments before either at most 100 EUR or at most five (legislation.gov.uk,
        /// eur/2018/389/article/16). Here both hold, with the payment that is asked for, which is never less strict.
        public init(payment: Int64 = paymentLimit, sum: Int64 = sumLimit, count: Int = countLimit) {
            self.payment = min(max(0, payment), Self.paymentLimit)
            self.sum = min(max(0, sum), Self.sumLimit)
            self.count = min(max(0, count), Self.countLimit)
        }
    }

    /// The longest time without activity in a session, in seconds: 5 minutes; RTS, Article 4(3)(d).
    public static let idleLimit: TimeInterval = 5 * 60

    /// Whether payments to trusted beneficiaries need no approval of their own; RTS, Article 13(2).
    public let exemptsTrustedBeneficiaries: Bool
    /// The most minor units of a payment to a trusted beneficiary that needs no approval, by currency.
    ///
    /// That transactions above a certain amount are approved by the device is stated, which amount is not. Where no currency is named there
    /// is no limit, since the Article has none; where one is, all others are approved, or who chooses the currency chooses the limit.
    public let trustedLimits: [String: Int64]
    /// Small payments that need no approval; `nil` for none.
    public let lowValue: LowValue?
    /// How old a login may be when a further device is enrolled, in seconds, at most 300; inferred: a session that is kept alive for long is
    /// where somebody else sits down.
    public let freshness: TimeInterval

    /// A policy.
    public init(
        exemptsTrustedBeneficiaries: Bool = false, trustedLimits: [String: Int64] = [:], lowValue: LowValue? = nil,
        freshness: TimeInterval = idleLimit
    ) {
        self.exemptsTrustedBeneficiaries = exemptsTrustedBeneficiaries
        self.trustedLimits = trustedLimits
        self.lowValue = lowValue
        self.freshness = min(max(0, freshness), Self.idleLimit)
    }

    /// What is known of a person and their session when they ask for something.
    public struct Circumstances: Hashable, Sendable {
        /// When they last proved themselves in this session; `nil` without a session.
        public var authenticatedAt: Date?
        /// When they last did something in it.
        public var lastActive: Date?
        /// Whether all who are paid are on their list of trusted beneficiaries.
        public var payeesAreTrusted: Bool
        /// What they paid without approval since strong authentication was last applied, minor units of EUR.
        public var exemptedSum: Int64
        /// How many payments that were.
        public var exemptedCount: Int

        /// A person without a session, of whom nothing is known.
        public init(
            authenticatedAt: Date? = nil, lastActive: Date? = nil, payeesAreTrusted: Bool = false, exemptedSum: Int64 = 0,
            exemptedCount: Int = 0
        ) {
            self.authenticatedAt = authenticatedAt
            self.lastActive = lastActive
            self.payeesAreTrusted = payeesAreTrusted
            self.exemptedSum = exemptedSum
            self.exemptedCount = exemptedCount
        }
    }

    /// What is asked of the person now.
    public enum Demand: Hashable, Sendable {
        /// Nothing: the exemption says why.
        case nothing(Exemption)
        /// A login, since there is no session or it is over; then ask again.
        case authentication
        /// An operation whose answer is bound to the action's content; RTS, Article 5.
        case approval
    }

    /// Why nothing is asked.
    public enum Exemption: String, Hashable, Sendable, Codable {
        /// All payees are trusted; RTS, Article 13(2).
        case trustedBeneficiary
        /// Small payments, and few of them; RTS, Article 16.
        case lowValue
    }

    /// What is asked of a person who wants to do something.
    ///
    /// A person's first device is activated otherwise: nobody can log in before.
    public func demand(for action: SensitiveAction, in circumstances: Circumstances, at now: Date) -> Demand {
        switch action {
        // Directive (EU) 2015/2366, Article 97(1)(a): whoever accesses their account online. Both are logins themselves.
        case .authenticate, .changeSecretImage: return .approval
        // RTS, Article 13(1): whoever creates or amends the list.
        case .addBeneficiary: return hasSession(circumstances, at: now, within: .infinity) ? .approval : .authentication
        // RTS, Article 24(2)(b): whoever associates a device with a person from afar.
        case .enrol: return hasSession(circumstances, at: now, within: freshness) ? .approval : .authentication
        case .approvePayment(let payment):
            return demand(for: payment.amount, count: 1, in: circumstances, at: now)
        case .approveBatch(let batch):
            let demand = demand(for: batch.total, count: batch.count, in: circumstances, at: now)
            // Of one that stands as a hash nobody knows the payees.
            if case (.trusted, .nothing) = (batch.transfers, demand) { return .approval }
            return demand
        }
    }

    private func demand(for amount: Amount, count: Int, in circumstances: Circumstances, at now: Date) -> Demand {
        guard hasSession(circumstances, at: now, within: .infinity) else { return .authentication }
        if exemptsTrustedBeneficiaries, circumstances.payeesAreTrusted,
            trustedLimits[amount.currency.code].map({ amount.minorUnits <= $0 }) ?? trustedLimits.isEmpty
        {
            return .nothing(.trustedBeneficiary)
        }
        if let lowValue, lowValue.admits(amount, count: count, after: circumstances) { return .nothing(.lowValue) }
        return .approval
    }

    /// Whether there is a session that has not ended, and that began not longer ago than this; a moment in the future is none.
    private func hasSession(_ circumstances: Circumstances, at now: Date, within age: TimeInterval) -> Bool {
        guard let began = circumstances.authenticatedAt, let active = circumstances.lastActive, began <= active, active <= now else {
            return false
        }
        return now.timeIntervalSince(active) < Self.idleLimit && now.timeIntervalSince(began) <= age
    }
}

extension StrongAuthenticationPolicy.LowValue {
    /// Whether some payments are small, and few enough after those before; a batch counts as its payments.
    fileprivate func admits(
        _ amount: Amount, count: Int, after circumstances: StrongAuthenticationPolicy.Circumstances
    ) -> Bool {
        guard amount.currency.code == "EUR", amount.minorUnits <= payment, circumstances.exemptedSum >= 0, circumstances.exemptedCount >= 0
        else { return false }
        let (sum, sumOverflow) = circumstances.exemptedSum.addingReportingOverflow(amount.minorUnits)
        let (number, countOverflow) = circumstances.exemptedCount.addingReportingOverflow(count)
        return !sumOverflow && !countOverflow && sum <= self.sum && number <= self.count
    }
}
