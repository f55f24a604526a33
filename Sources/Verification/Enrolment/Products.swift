import DeviceProtocol
import Foundation
import OATH

extension ProductProfile {
    /// The Token, a legacy product: 6 digits, new every 30 s, stopped working 31/12/2024.
    public static let token = ProductProfile(
        id: .token, kind: .token, method: .timedCode(TimedCodeParameters(digits: 6, step: .seconds(30), algorithm: .sha1)),
        admitsUnboundApprovals: true, endOfLife: Date(timeIntervalSince1970: 1_735_603_200),  // 2024-12-31T00:00:00Z
        showsSecretImage: true,
        activation: [.activationCode, .serialNumber, .keys, .approval, .initialPassword, .newPassword, .securityQuestions],
        facts: [
            ProductFact("digits", "6", .published, source: "luxtrust.com, activation"),
            ProductFact("code's life", "30 s", .stated),
            ProductFact("hash", "SHA-1", .inferred, source: "RFC 6238's default, and what such key fobs do"),
            ProductFact("approves payments", "yes, bound to nothing", .stated),
            ProductFact("end of life", "2024-12-31", .stated),
            ProductFact("secret image", "shown earlier", .stated),
            ProductFact("limit per person", "none", .inferred, source: "none is named"),
            ProductFact("steps of the activation", "as a Scan's, without QR codes", .inferred, source: "the Scan's"),
        ] + common)

    /// The Scan: 8 digits over what it displayed, at most one a subscriber; how they are computed is our own open format.
    public static let scan = ProductProfile(
        id: .scan, kind: .scan, method: .scanCode(.scan), limitPerSubscriber: 1,
        activation: [
            .activationCode, .keys, .serialNumber, .approval, .initialPassword, .newPassword, .securityQuestions, .lastApproval,
        ],
        facts: [
            ProductFact("digits", "8", .published, source: "spuerkeess.lu"),
            ProductFact("code's life", "about one minute", .published, source: "spuerkeess.lu"),
            ProductFact("limit per person", "1", .stated),
            ProductFact(
                "steps of the activation", "QR codes with 10 and 8 digits, serial, operation, passwords, questions, last QR code",
                .published, source: "luxtrust.com, activation"),
        ] + common)

    /// The app on a phone: as the Scan, at most two a subscriber; a third must replace one.
    public static let mobile = ProductProfile(
        id: .mobile, kind: .mobile, method: .scanCode(.mobile), limitPerSubscriber: 2,
        activation: [.activationCode, .keys, .deviceName, .securityQuestions, .initialPassword, .newPassword, .approval],
        facts: [
            ProductFact("PIN", "6 digits, or biometric", .stated),
            ProductFact("limit per person", "2; a third must replace one", .stated),
            ProductFact("activation code", "the last 5 characters of the identity document, unless another was chosen", .stated),
            ProductFact("steps of the activation", "alone, or with a Scan", .stated),
        ] + common)

    /// The card: an authentication and a signature key, each with a certificate.
    public static let smartcard = ProductProfile(
        id: .smartcard, kind: .smartcard, method: .signature, showsSecretImage: true, activation: cardActivation,
        facts: cardFacts + common)

    /// The signing stick: technically the same chip as the card.
    public static let stick = ProductProfile(
        id: .stick, kind: .stick, method: .signature, showsSecretImage: true, activation: cardActivation,
        facts: cardFacts + [ProductFact("chip", "the smartcard's", .published, source: "T1C documentation")] + common)

    /// All products above.
    public static let all: [ProductProfile] = [.token, .scan, .mobile, .smartcard, .stick]

    private static let cardActivation: [ActivationStep] = [.keys, .challengeCode, .approval]

    private static let cardFacts = [
        ProductFact("tries of the card's PIN and PUK", "5 each", .published, source: "luxtrust.lu faq/1110"),
        ProductFact("keys", "authentication and signature", .published, source: "T1C documentation"),
        ProductFact("steps of the activation", "new PIN, then the challenge code", .published, source: "luxtrust.com, activation"),
        ProductFact("limit per person", "none", .inferred, source: "none is named"),
        ProductFact("secret image", "shown at each entry", .stated),
    ]

    /// What holds for all.
    private static let common = [
        ProductFact("time to activate", "60 days from the order", .stated),
        ProductFact("validity", "3 years", .stated),
        ProductFact("consecutive failures", "at most 5", .stated, source: "Delegated Regulation (EU) 2018/389, Article 4(3)(b)"),
        ProductFact("re-activation", "another device, or a helpdesk code of 30 minutes", .published, source: "luxtrust.lu faq/1030"),
        ProductFact("challenge code", "6 digits from the order letter", .published, source: "luxtrust.com, reactivate"),
    ]
}

/// One thing known of a product, with how well it is known.
public struct ProductFact: Hashable, Sendable {
    /// How well something is known.
    public enum Confidence: String, Sendable, Codable, CaseIterable {
        /// The bank's own questions and answers, or the law, say so.
        case stated
        /// A public source that is named says so.
        case published
        /// Concluded from what is usual; nobody has said so.
        case inferred
    }

    /// What it is about.
    public let topic: String
    /// What is known.
    public let value: String
    /// How well.
    public let confidence: Confidence
    /// Who says so.
    public let source: String

    /// A fact.
    public init(_ topic: String, _ value: String, _ confidence: Confidence, source: String = "the bank's questions and answers") {
        self.topic = topic
        self.value = value
        self.confidence = confidence
        self.source = source
    }
}

/// One step from the order of a device to its first use.
public enum ActivationStep: String, Hashable, Sendable, Codable, CaseIterable {
    /// The device's keys: a Scan's or phone's pairing, a Token's seed, a card's certificates.
    case keys
    /// The code that was chosen at the order.
    case activationCode
    /// The 6 digits of the order letter.
    case challengeCode
    /// The number on the back of the device.
    case serialNumber
    /// What the person calls the device.
    case deviceName
    /// The device answers its first operation.
    case approval
    /// The password of the order letter, good once.
    case initialPassword
    /// A password of their own.
    case newPassword
    /// Questions, with answers that only they know.
    case securityQuestions
    /// The device answers once more.
    case lastApproval

    /// As it is told.
    public var telling: String {
        switch self {
        case .keys: "the device's keys"
        case .activationCode: "the activation code"
        case .challengeCode: "the challenge code"
        case .serialNumber: "the serial number"
        case .deviceName: "the device's name"
        case .approval: "an approval by the device"
        case .initialPassword: "the initial password"
        case .newPassword: "a password of one's own"
        case .securityQuestions: "the security questions"
        case .lastApproval: "the last approval by the device"
        }
    }
}
