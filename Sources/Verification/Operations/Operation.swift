public import DeviceProtocol
import FoundationEssentials

/// One challenge on its way to one outcome: durable, idempotent, cancellable.
public struct Operation: Hashable, Sendable {
    /// Where it stands.
    public enum State: Hashable, Sendable {
        /// Nothing has run yet that must not be repeated.
        case pending
        /// An attached device is answering.
        case working
        /// It is over.
        case ended(Outcome)
    }

    /// What is asked; its id names the operation.
    public let challenge: Challenge
    /// Who is asked.
    public let subscriber: SubscriberID
    /// By which device it is to be answered.
    public let device: DeviceID
    /// Under which enrolment.
    public let enrolment: EnrolmentID
    /// The request that began it; the same request with the same key is the same operation.
    public let idempotencyKey: String
    /// Where it stands.
    public internal(set) var state: State
    /// The text of its QR code, once it was asked for.
    public internal(set) var sealed: String?
    /// How it waits for an attached device; `nil` where a person reads the answer off, or signs elsewhere.
    public internal(set) var attachment: Attachment?
    /// How often it was changed; a store changes it only for who has seen the latest.
    public let version: Int
    /// The number of its latest change among all changes of operations in the store, from 1; 0 before it was stored.
    public internal(set) var change: Int64

    /// An operation as a store kept it.
    public init(
        challenge: Challenge, subscriber: SubscriberID, device: DeviceID, enrolment: EnrolmentID, idempotencyKey: String,
        state: State = .pending, sealed: String? = nil, attachment: Attachment? = nil, version: Int = 0, change: Int64 = 0
    ) {
        self.challenge = challenge
        self.subscriber = subscriber
        self.device = device
        self.enrolment = enrolment
        self.idempotencyKey = idempotencyKey
        self.state = state
        self.sealed = sealed
        self.attachment = attachment
        self.version = version
        self.change = change
    }

    /// Its name.
    public var id: ChallengeID { challenge.id }

    /// Whether a login began it, which alone can end it: by password and answer together (``Logins``).
    ///
    /// Such an operation is its own request's; nobody else can know its name before it is drawn.
    public var isOfLogin: Bool { challenge.content.isLogin && idempotencyKey == id.description }

    /// How it ended; `nil` before.
    public var outcome: Outcome? { if case .ended(let outcome) = state { outcome } else { nil } }

    /// Whether its time is over and nothing in the store says so yet.
    func isOverdue(at now: Date) -> Bool { outcome == nil && now >= challenge.expiresAt }
}

/// How an operation ended, once and for all.
public enum Outcome: Hashable, Sendable, Codable {
    /// The answer was right.
    case succeeded(Evidence)
    /// The answer was not accepted; nobody is told which part of it was wrong (RTS Art. 4(3)(a)).
    case refused
    /// The person broke off before anything was signed, and how; `nil` when the request was taken back.
    case cancelled(DeviceFailure?)
    /// No answer came in time.
    case expired
    /// The device could not answer.
    case failed(DeviceFailure)
    /// Nobody can tell whether the device signed: look before repeating.
    case indeterminate

    /// The kind alone, without what belongs to it.
    public var name: String {
        switch self {
        case .succeeded: "succeeded"
        case .refused: "refused"
        case .cancelled: "cancelled"
        case .expired: "expired"
        case .failed: "failed"
        case .indeterminate: "indeterminate"
        }
    }
}

/// What kept a device from answering, as it is stored; also how a person broke off.
public struct DeviceFailure: Hashable, Sendable, Codable {
    /// The name of the error's code.
    public let code: String

    /// The code of `error`, without device and detail.
    public init(_ error: DeviceError) { code = error.code.rawValue }
}
