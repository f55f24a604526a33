import Crypto
public import DeviceProtocol
public import Foundation

/// What people approve: a payment, a batch or a new beneficiary, from the wish to the last signature that it needs.
///
/// Its content never changes. Each signature is an operation of one person, whose challenge has this content and their role.
public struct Transaction: Hashable, Sendable {
    /// Where it stands.
    public enum State: Hashable, Sendable {
        /// Signatures are missing.
        case toBeSigned
        /// All signatures were given, the last one at this moment.
        case submitted(at: Date)
        /// It was taken back.
        case withdrawn
        /// It was changed: this other one took its place, and nobody has signed that yet.
        case replaced(by: TransactionID)
        /// Not all signed in time.
        case expired

        /// The kind alone.
        public enum Name: String, Sendable, CaseIterable { case toBeSigned, submitted, withdrawn, replaced, expired }

        /// The kind alone.
        public var name: Name {
            switch self {
            case .toBeSigned: .toBeSigned
            case .submitted: .submitted
            case .withdrawn: .withdrawn
            case .replaced: .replaced
            case .expired: .expired
            }
        }
    }

    /// A place for one signature, held by a person who is signing or has signed.
    public struct Place: Hashable, Sendable {
        /// Which of the signatures, from 1.
        public let number: Int
        /// Who.
        public let signer: SubscriberID
        /// The operation in which they sign.
        public let operation: ChallengeID
        /// Since when their signature counts; `nil` before.
        public internal(set) var signedAt: Date?

        /// A place as a store kept it.
        public init(number: Int, signer: SubscriberID, operation: ChallengeID, signedAt: Date? = nil) {
            self.number = number
            self.signer = signer
            self.operation = operation
            self.signedAt = signedAt
        }
    }

    /// Its name.
    public let id: TransactionID
    /// Who asked for it; they sign only where the rule names them.
    public let creator: SubscriberID
    /// The request that began it; the same request with the same key is the same transaction.
    public let idempotencyKey: String
    /// Content, origin and moment, as a challenge that is never given to anybody: its DER is what ``digest`` covers.
    public let draft: Challenge
    /// Who must sign, as it was when the transaction was made.
    public let rule: SignatureRule
    /// The first moment at which it can no longer be signed.
    public let expiresAt: Date
    /// The one that it took the place of.
    public let replaces: TransactionID?
    /// Where it stands.
    public internal(set) var state: State
    /// Who has signed or is signing, by number.
    public internal(set) var places: [Place]
    /// How often it was changed; a store changes it only for who has seen the latest.
    public let version: Int

    /// A transaction as a store kept it.
    public init(
        draft: Challenge, creator: SubscriberID, idempotencyKey: String, rule: SignatureRule, expiresAt: Date,
        replaces: TransactionID? = nil,
        state: State = .toBeSigned, places: [Place] = [], version: Int = 0
    ) {
        id = TransactionID(draft.id)
        self.creator = creator
        self.idempotencyKey = idempotencyKey
        self.draft = draft
        self.rule = rule
        self.expiresAt = expiresAt
        self.replaces = replaces
        self.state = state
        self.places = places
        self.version = version
    }

    /// Whether its time is over and nothing in the store says so yet.
    func isOverdue(at now: Date) -> Bool { state == .toBeSigned && now >= expiresAt }

    /// What is approved.
    public var content: Challenge.Content { draft.content }

    /// SHA-256 (FIPS 180-4) over the draft's DER, in lower-case hexadecimal digits: any other content is another transaction.
    public var digest: String { SHA256.hash(data: draft.der).lowercaseHexadecimal }

    /// Whether all have signed that must, and what they agreed to is this action and nothing else.
    ///
    /// Whoever carries an action out asks this first, and does so once for each transaction's id.
    public func authorises(_ action: SensitiveAction) -> Bool { state.name == .submitted && content == action.content }

    /// Who has signed, by number.
    public var signatures: [Place] { places.filter { $0.signedAt != nil } }

    /// How many signatures are missing; 0 when it is submitted.
    public var missing: Int { rule.signatures - signatures.count }

    /// Who may still sign: of the rule's people those who have not, as long as their signature leaves room for the groups.
    public var awaited: [SignatureRule.Signer] {
        guard state == .toBeSigned else { return [] }
        let signed = Set(signatures.map(\.signer))
        return rule.signers.filter {
            !signed.contains($0.subscriber) && rule.groupsShutOut(by: signed.union([$0.subscriber])).isEmpty
        }
    }
}

/// The 16 bytes that name a transaction.
public struct TransactionID: Hashable, Sendable {
    /// 16 bytes.
    public let bytes: [UInt8]

    /// The name of the draft.
    init(_ id: ChallengeID) { bytes = id.bytes }

    /// Takes 16 bytes.
    ///
    /// - Throws: ``DeviceProtocol/ContentError/invalidIdentifier(_:)`` for any other number.
    public init(_ bytes: [UInt8]) throws(ContentError) { self.init(try ChallengeID(bytes)) }
}

extension TransactionID: CustomStringConvertible {
    /// 32 lower-case hexadecimal digits.
    public var description: String { bytes.lowercaseHexadecimal }
}
