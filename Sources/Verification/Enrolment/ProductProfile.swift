public import DeviceProtocol
public import Foundation
public import OATH

/// What is known of a product that subscribers hold, as data: how it answers, how often it may fail, what it may be used for.
public struct ProductProfile: Hashable, Sendable {
    /// What names a product, in stores too: `token`.
    public struct ID: RawRepresentable, Hashable, Sendable, Codable {
        /// The name.
        public let rawValue: String

        /// A name.
        public init(rawValue: String) { self.rawValue = rawValue }
    }

    /// How a product answers; it decides what a code *is*.
    public enum Method: Hashable, Sendable {
        /// A code from the time alone (RFC 6238), bound to nothing.
        case timedCode(TimedCodeParameters)
        /// A code from a counter alone (RFC 4226), bound to nothing.
        case countedCode(CountedCodeParameters)
        /// A code over the challenge (RFC 6287), tagged as this kind of answer.
        case scanCode(AnswerKind)
        /// A signature over the challenge by a key with a certificate (RFC 5280).
        case signature
    }

    /// The name of the product.
    public let id: ID
    /// What kind of device it is.
    public let kind: DeviceKind
    /// How it answers.
    public let method: Method
    /// How many consecutive wrong answers block it: at most 5.
    ///
    /// RTS, Article 4(3)(b).
    public let failureLimit: Int
    /// The most enrolments that one subscriber can have; `nil` for any number.
    public let limitPerSubscriber: Int?
    /// Whether it may approve although its answers are bound to nothing.
    ///
    /// Dynamic linking (RTS, Article 5) is then not met.
    public let admitsUnboundApprovals: Bool
    /// The first moment at which it is admitted no more, unless the policy says otherwise.
    public let endOfLife: Date?
    /// How many days after the order it can be activated.
    public let activationDays: Int
    /// How many years it is valid from its activation on.
    public let validityYears: Int
    /// Whether the person's secret image is shown at each entry of a PIN or code.
    public let showsSecretImage: Bool
    /// The steps from the order to the first use.
    public let activation: [ActivationStep]
    /// What is known of it, each with how well and from where.
    public let facts: [ProductFact]

    /// A product.
    public init(
        id: ID, kind: DeviceKind, method: Method, failureLimit: Int = 5, limitPerSubscriber: Int? = nil,
        admitsUnboundApprovals: Bool = false, endOfLife: Date? = nil, activationDays: Int = 60, validityYears: Int = 3,
        showsSecretImage: Bool = false, activation: [ActivationStep] = [], facts: [ProductFact] = []
    ) {
        self.id = id
        self.kind = kind
        self.method = method
        self.failureLimit = failureLimit
        self.limitPerSubscriber = limitPerSubscriber
        self.admitsUnboundApprovals = admitsUnboundApprovals
        self.endOfLife = endOfLife
        self.activationDays = activationDays
        self.validityYears = validityYears
        self.showsSecretImage = showsSecretImage
        self.activation = activation
        self.facts = facts
    }

    /// What ties an answer of this product to what was agreed.
    public var binding: Evidence.Binding {
        switch method {
        case .timedCode, .countedCode: .operation
        case .scanCode, .signature: .content
        }
    }
}

/// The shape of time-based codes (RFC 6238).
public struct TimedCodeParameters: Hashable, Sendable {
    /// The number of digits, 6 to 10.
    public let digits: Int
    /// How long a code lasts, in whole seconds.
    public let step: Duration
    /// The hash below the HMAC.
    public let algorithm: HashAlgorithm

    /// A shape.
    public init(digits: Int, step: Duration, algorithm: HashAlgorithm) {
        self.digits = digits
        self.step = step
        self.algorithm = algorithm
    }
}

extension ProductProfile.ID {
    /// The key fob.
    public static let token = Self(rawValue: "token")
    /// The hand-held with a camera.
    public static let scan = Self(rawValue: "scan")
    /// The app on a phone.
    public static let mobile = Self(rawValue: "mobile")
    /// The card.
    public static let smartcard = Self(rawValue: "smartcard")
    /// The signing stick.
    public static let stick = Self(rawValue: "stick")
}

extension ProductProfile.ID: CustomStringConvertible {
    /// The name itself.
    public var description: String { rawValue }
}
