import DeviceProtocol
import Foundation
import HTTPDoor
import Verification

/// Part of a list of orders.
struct OrdersForm: Encodable {
    let orders: [OrderForm]
    let next: String?
}

/// A device that was ordered, and the step that comes next.
struct OrderForm: Encodable {
    let id: EnrolmentID
    let subscriber: SubscriberID
    let product: ProductProfile.ID
    let state: Enrolment.State
    let orderedAt: Date
    let activateBefore: Date
    let serial: DeviceID?
    let identification: Identification
    let accounts: [AccountID]
    let done: [ActivationStep]
    /// `nil` in lists, and when it is over.
    let next: ActivationStep?
    let name: String?
    let replaces: DeviceID?
    let failures: Int
    let closedUntil: Date?

    init(_ order: Order, next: ActivationStep? = nil) {
        id = order.id
        subscriber = order.subscriber
        product = order.product
        let record = order.record
        state = record.state
        orderedAt = record.orderedAt
        activateBefore = record.activateBefore
        serial = record.serial
        identification = record.identification
        accounts = record.accounts.sorted { $0.rawValue < $1.rawValue }
        done = record.done
        self.next = next
        name = record.name
        replaces = record.replaces
        failures = record.failures
        closedUntil = record.closedUntil
    }
}

/// An order, and the code for its letter.
struct OrderedForm: Encodable {
    let order: OrderForm
    /// `nil` when the request was repeated after a step of the activation was tried.
    let challengeCode: String?
}

/// What is ordered for whom.
struct NewOrderForm: Decodable {
    let subscriber: SubscriberID
    let product: ProductProfile.ID
    let serial: DeviceID?
    let activationCode: HeldSecret?
    let identification: Identification
    let accounts: Set<AccountID>

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case subscriber, product, serial, activationCode, identification, accounts
    }

    /// The most accounts of one order.
    static let accountLimit = 100

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        subscriber = try members.subscriber(.subscriber)
        product = ProductProfile.ID(rawValue: try members.text(.product, limit: 64))
        serial = try members.optionalDevice(.serial)
        activationCode = try members.optionalSecret(.activationCode)
        identification = try members.value(Identification.self, .identification)
        let texts = try members.optional([String].self, .accounts) ?? []
        guard texts.count <= Self.accountLimit else {
            throw Problem.invalidRequest("\(members.path("accounts")) has at most \(Self.accountLimit) entries")
        }
        accounts = Set(
            try texts.map { text in
                try members.check(.accounts) { () throws(ContentError) in
                    guard let account = AccountID(rawValue: text) else {
                        throw .invalidIdentifier("an account has 1 to 64 printable ASCII characters without spaces")
                    }
                    return account
                }
            })
    }
}

/// What is to be approved for an order: by another device in place of the activation code, and by the new one itself.
struct ApprovalsForm: Encodable {
    /// What the new device approves.
    struct Own: Encodable {
        let device: DeviceID
        let content: ContentForm
    }

    let otherDevice: ContentForm
    let approval: Own?
}

/// What a person gives in one step of an activation: exactly one member.
struct ProofForm: Decodable {
    let proof: Activations.Proof

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case activationCode, otherDevice, challengeCode, serialNumber, deviceName, approval, initialPassword, newPassword
        case securityQuestions
    }

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        proof =
            switch try members.onlyOne() {
            case .activationCode: .activationCode(try members.secret(.activationCode))
            case .otherDevice: .otherDevice(try members.challenge(.otherDevice))
            case .challengeCode: .challengeCode(try members.secret(.challengeCode))
            case .serialNumber: .serialNumber(try members.text(.serialNumber, limit: 64))
            case .deviceName: .deviceName(try members.text(.deviceName))
            case .approval: .approval(try members.challenge(.approval))
            case .initialPassword: .initialPassword(try members.secret(.initialPassword))
            case .newPassword: .newPassword(try members.secret(.newPassword))
            case .securityQuestions:
                .securityQuestions(
                    try members.value([QuestionsForm.Entry].self, .securityQuestions).map { ($0.question, $0.answer) })
            }
    }
}
