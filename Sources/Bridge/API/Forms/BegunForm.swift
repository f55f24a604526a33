import DeviceProtocol
import Foundation
import Hummingbird
import Verification

/// An operation that was begun; `GET /v1/operations/{id}` tells the rest.
struct BegunForm: Encodable {
    let id: String
    let subscriber: SubscriberID
    let device: DeviceID
    let enrolment: EnrolmentID
    let state: String
    let content: ContentForm
    let summary: Summary
    let issuedAt: Date
    let expiresAt: Date

    init(_ operation: Verification.Operation) {
        let challenge = operation.challenge
        id = operation.id.description
        subscriber = operation.subscriber
        device = operation.device
        enrolment = operation.enrolment
        state =
            switch operation.state {
            case .pending: "pending"
            case .working: "working"
            case .ended(let outcome): outcome.name
            }
        content = ContentForm(challenge.content)
        summary = challenge.summary
        issuedAt = challenge.issuedAt
        expiresAt = challenge.expiresAt
    }
}

extension Response {
    /// An operation was begun, or the same request had begun it.
    static func begun(_ operation: Verification.Operation) throws -> Response {
        try .json(BegunForm(operation), status: .accepted, location: "/v1/operations/\(operation.id)")
    }
}
