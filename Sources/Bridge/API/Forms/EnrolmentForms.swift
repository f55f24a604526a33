import DeviceProtocol
import Foundation
import HTTPDoor
import Verification

/// Part of a list of devices.
struct EnrolmentsForm: Encodable {
    let enrolments: [EnrolmentForm]
    let next: String?
}

/// A device of a subscriber, without its keys.
struct EnrolmentForm: Encodable {
    let id: EnrolmentID
    let subscriber: SubscriberID
    let device: DeviceID
    let product: ProductProfile.ID
    let isEmulated: Bool
    let state: Enrolment.State
    let failures: Int
    let name: String?
    let identification: Identification?
    let accounts: [AccountID]
    let validUntil: Date?
    let suspension: SuspensionReason?
    let blockedUntil: Date?
    let successor: EnrolmentID?

    init(_ enrolment: Enrolment) {
        id = enrolment.id
        subscriber = enrolment.subscriber
        device = enrolment.device
        product = enrolment.product
        isEmulated = enrolment.isEmulated
        state = enrolment.state
        failures = enrolment.failures
        name = enrolment.life.name
        identification = enrolment.life.identification
        accounts = enrolment.life.accounts.sorted { $0.rawValue < $1.rawValue }
        validUntil = enrolment.life.validUntil
        suspension = enrolment.life.suspension
        blockedUntil = enrolment.life.blockedUntil
        successor = enrolment.life.successor
    }
}

/// Why a device is to be suspended.
struct SuspensionForm: Decodable {
    let reason: SuspensionReason

    private enum CodingKeys: String, CodingKey, CaseIterable { case reason }

    init(from decoder: any Decoder) throws { reason = try Members<CodingKeys>(decoder).word(SuspensionReason.self, .reason) }
}

/// Two codes that a device showed one after the other.
struct ResynchronisationForm: Decodable {
    let first: String
    let second: String

    private enum CodingKeys: String, CodingKey, CaseIterable { case first, second }

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        first = try members.text(.first, limit: DeviceAnswerForm.codeLimit)
        second = try members.text(.second, limit: DeviceAnswerForm.codeLimit)
    }
}

/// What a device is to be called; null for nothing.
struct NameForm: Decodable {
    let name: String?

    private enum CodingKeys: String, CodingKey, CaseIterable { case name }

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        name = try members.value(String?.self, .name)
    }
}

/// How the person was identified.
struct IdentificationForm: Decodable {
    let identification: Identification

    private enum CodingKeys: String, CodingKey, CaseIterable { case identification }

    init(from decoder: any Decoder) throws {
        identification = try Members<CodingKeys>(decoder).value(Identification.self, .identification)
    }
}

/// What is known of a product, each fact with how well.
struct ProductForm: Encodable {
    /// One thing that is known.
    struct Fact: Encodable {
        let topic: String
        let value: String
        let confidence: ProductFact.Confidence
        let source: String
    }

    let id: ProductProfile.ID
    let kind: DeviceKind
    let binding: Evidence.Binding
    let failureLimit: Int
    let limitPerSubscriber: Int?
    let admitsUnboundApprovals: Bool
    let endOfLife: Date?
    let activationDays: Int
    let validityYears: Int
    let showsSecretImage: Bool
    let activation: [ActivationStep]
    let facts: [Fact]

    init(_ profile: ProductProfile) {
        id = profile.id
        kind = profile.kind
        binding = profile.binding
        failureLimit = profile.failureLimit
        limitPerSubscriber = profile.limitPerSubscriber
        admitsUnboundApprovals = profile.admitsUnboundApprovals
        endOfLife = profile.endOfLife
        activationDays = profile.activationDays
        validityYears = profile.validityYears
        showsSecretImage = profile.showsSecretImage
        activation = profile.activation
        facts = profile.facts.map { Fact(topic: $0.topic, value: $0.value, confidence: $0.confidence, source: $0.source) }
    }
}
