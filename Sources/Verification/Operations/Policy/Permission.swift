import Crypto
public import DeviceProtocol
public import Foundation

/// What is answered to a person who wants to do something.
public enum Permission: Hashable, Sendable {
    /// Yes. When it is repeated, the same request was granted before: carry out only what was not carried out then.
    case granted(Ground, isRepeated: Bool)
    /// No session, or it is over, or it is too old for this: log in (``Logins``), then ask again.
    case loginNeeded
    /// The person approves this content (``Operations/begin(_:for:with:idempotencyKey:timeToLive:role:attachment:)``); then ask again with it.
    /// Another secret image has ``Operations/changeSecretImage(to:for:with:idempotencyKey:timeToLive:)``, and is then chosen.
    case approvalNeeded(Challenge.Content)
    /// The account's rule wants the signatures of several: ``Transactions/propose(_:from:by:idempotencyKey:timeToLive:)``. What is submitted
    /// is carried out where ``Transaction/authorises(_:)`` says so, under the transaction's id.
    case signaturesNeeded(SignatureRule)

    /// Why the answer was yes.
    public enum Ground: Hashable, Sendable {
        /// Nothing was asked.
        case exemption(StrongAuthenticationPolicy.Exemption)
        /// This operation was approved, with the action's content and no other.
        case approval(ChallengeID)
    }
}

/// Somebody whom a person trusts; RTS, Article 13.
public struct TrustedBeneficiary: Hashable, Sendable, Codable {
    /// The account, without spaces.
    public let iban: String
    /// Whose it is, as it was approved.
    public let name: String
    /// When the person came to trust them.
    public let since: Date
}

/// A yes, as it is kept with the person.
struct Grant: Hashable, Sendable, Codable {
    /// The request's key.
    let request: String
    /// What was asked for, as a hash.
    let fingerprint: String
    /// Which exemption it was; `nil` for an approval.
    let exemption: StrongAuthenticationPolicy.Exemption?
    /// The operation that approved it, 16 bytes.
    let operation: [UInt8]?
    /// When.
    let at: Date

    init(request: String, fingerprint: String, ground: Permission.Ground, at now: Date) {
        self.request = request
        self.fingerprint = fingerprint
        switch ground {
        case .exemption(let named): (exemption, operation) = (named, nil)
        case .approval(let id): (exemption, operation) = (nil, id.bytes)
        }
        at = now
    }

    /// Why it was a yes.
    var ground: Permission.Ground? {
        exemption.map(Permission.Ground.exemption) ?? operation.flatMap { try? ChallengeID($0) }.map(Permission.Ground.approval)
    }
}

/// The yeses of the last quarter of an hour: after that an approval is too old to be used again, by any server's clock.
struct Grants {
    private(set) var recent: [Grant]

    init(_ all: [Grant], at now: Date) {
        recent = all.filter { now < $0.at.addingTimeInterval(Permissions.approvalLife + Permissions.clockMargin) }
    }

    func grant(of request: String) -> Grant? { recent.first { $0.request == request } }

    /// Adds one; `false` when there are too many.
    mutating func add(_ grant: Grant) -> Bool {
        guard recent.count < Permissions.grantLimit else { return false }
        recent.append(grant)
        return true
    }
}

/// What a person paid without approval since the last one.
struct ExemptedPayments: Hashable, Sendable, Codable {
    /// Minor units of EUR.
    var sum: Int64 = 0
    /// How many, in whatever currency.
    var count = 0
}

extension SensitiveAction {
    /// What is to be approved.
    var needed: Permission { if case .authenticate = self { .loginNeeded } else { .approvalNeeded(content) } }

    /// Whether a yes is given here: a login is answered by ``Logins``, a secret image changed by ``SecretImages``.
    var isCarriedOutByPermission: Bool {
        switch self {
        case .authenticate, .changeSecretImage: false
        case .approvePayment, .approveBatch, .addBeneficiary, .enrol: true
        }
    }

    /// SHA-256 (FIPS 180-4) over the account and the content's DER, in lower-case hexadecimal digits.
    ///
    /// - Throws: ``DeviceProtocol/ContentError``.
    func fingerprint(of account: IBAN?) throws(ContentError) -> String {
        let draft = try Challenge(
            id: ChallengeID(Array(repeating: 0, count: 16)), origin: "localhost", issuedAt: Date(timeIntervalSince1970: 0), content: content
        )
        return SHA256.hash(data: [Array((account?.value ?? "").utf8), draft.der].lengthPrefixed).lowercaseHexadecimal
    }

    /// The accounts that are paid; `nil` where they are not known, and where nobody is paid.
    fileprivate var payees: Set<String>? {
        switch self {
        case .approvePayment(let payment): [payment.iban.value]
        case .approveBatch(let batch):
            if case .listed(let transfers) = batch.transfers { Set(transfers.map(\.iban.value)) } else { nil }
        case .authenticate, .addBeneficiary, .enrol, .changeSecretImage: nil
        }
    }

    /// How many payments it is; `nil` for none.
    fileprivate var paymentCount: Int? {
        switch self {
        case .approvePayment: 1
        case .approveBatch(let batch): batch.count
        case .authenticate, .addBeneficiary, .enrol, .changeSecretImage: nil
        }
    }
}

extension Subscriber {
    /// What the policy has to know when they ask for something in a session.
    func circumstances(of action: SensitiveAction, in session: Session) -> StrongAuthenticationPolicy.Circumstances {
        let trusted = Set((record.trustedBeneficiaries ?? []).map(\.iban))
        return .init(
            authenticatedAt: session.startedAt, lastActive: session.lastActive,
            payeesAreTrusted: action.payees?.isSubset(of: trusted) ?? false, exemptedSum: record.exempted?.sum ?? 0,
            exemptedCount: record.exempted?.count ?? 0)
    }

    /// Remembers what a yes means for the next question; `false` when there is no room on their list.
    ///
    /// Exempted payments count, whatever exempted them (RTS, Article 16: "previous remote electronic payment transactions"), and begin
    /// anew with an approved payment. Whether a login does so too is left open by the Article's text; here it does not.
    mutating func apply(_ action: SensitiveAction, on ground: Permission.Ground, at now: Date) -> Bool {
        if let count = action.paymentCount, let amount = action.content.amount {
            switch ground {
            case .approval: record.exempted = nil
            case .exemption:
                var exempted = record.exempted ?? ExemptedPayments()
                let (sum, isTooMuch) = exempted.sum.addingReportingOverflow(amount.currency.code == "EUR" ? amount.minorUnits : 0)
                let (number, areTooMany) = exempted.count.addingReportingOverflow(count)
                (exempted.sum, exempted.count) = (isTooMuch ? .max : sum, areTooMany ? .max : number)
                record.exempted = exempted
            }
        }
        guard case .addBeneficiary(let beneficiary) = action else { return true }
        var trusted = (record.trustedBeneficiaries ?? []).filter { $0.iban != beneficiary.iban.value }
        guard trusted.count < Permissions.beneficiaryLimit else { return false }
        trusted.append(TrustedBeneficiary(iban: beneficiary.iban.value, name: beneficiary.name.value, since: now))
        record.trustedBeneficiaries = trusted
        return true
    }
}

extension Permission.Ground {
    /// What the audit log says of a yes that no answer's own row tells.
    func audited(of action: SensitiveAction) -> (kind: AuditEvent.Kind, text: String)? {
        switch self {
        case .exemption(let exemption): (.exempted, exemption == .lowValue ? "Article 16" : "Article 13(2)")
        case .approval: if case .addBeneficiary = action { (.configurationChanged, "trusted beneficiary added") } else { nil }
        }
    }
}

extension AuditEvent.Kind {
    /// A payment went without approval; the detail names the article of the RTS.
    public static let exempted = Self(rawValue: "exempted")
}
