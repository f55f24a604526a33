import DeviceProtocol
import Foundation
import HTTPDoor
import NIOCore
import Verification

/// An operation as clients see it.
struct OperationForm: Sendable {
    let operation: Verification.Operation
    /// In which form its device takes the challenge.
    let presentation: Presentation.Form
    let notes: Board.Notes

    var change: Int64 { operation.change }

    /// What a client knows that was told this.
    var seen: SeenOperation { SeenOperation(change: change, notes: operation.outcome == nil ? notes.number : 0) }

    /// The name of its state: of the outcome, once it has one.
    var state: String {
        switch operation.state {
        case .pending: "pending"
        case .working: "working"
        case .ended(let outcome): outcome.name
        }
    }

    /// The JSON in one line.
    func line() throws -> ByteBuffer { try JSON.buffer(self) }
}

extension OperationForm: Encodable {
    private enum Key: String, CodingKey {
        case id, subscriber, device, enrolment, state, content, summary, issuedAt, expiresAt, presentation, prompt, queue, failure, evidence
        case change, seen, isAttached
    }

    /// Why a device did not answer, or how its person broke off.
    private struct Failure: Encodable {
        let code: String
        let detail: String?
        let userAction: String?

        init(_ failure: DeviceFailure, _ device: DeviceID) {
            code = failure.code
            let error = DeviceError.Code(rawValue: failure.code).map { DeviceError($0, device.rawValue) }
            detail = error?.description
            userAction = error?.hint
        }
    }

    private struct Queue: Encodable {
        let position: Int
        let ahead: String?
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(operation.id.description, forKey: .id)
        try container.encode(operation.subscriber.rawValue, forKey: .subscriber)
        try container.encode(operation.device.rawValue, forKey: .device)
        try container.encode(operation.enrolment.rawValue, forKey: .enrolment)
        try container.encode(state, forKey: .state)
        try container.encode(ContentForm(operation.challenge.content), forKey: .content)
        try container.encode(operation.challenge.summary, forKey: .summary)
        try container.encode(operation.challenge.issuedAt, forKey: .issuedAt)
        try container.encode(operation.challenge.expiresAt, forKey: .expiresAt)
        try container.encode(presentation, forKey: .presentation)
        try container.encode(operation.attachment != nil, forKey: .isAttached)
        try container.encode(change, forKey: .change)
        try container.encode(seen.text, forKey: .seen)
        guard let outcome = operation.outcome else {
            try container.encodeIfPresent(notes.prompt, forKey: .prompt)
            if let place = notes.place, place.position > 0 {
                try container.encode(Queue(position: place.position, ahead: place.ahead), forKey: .queue)
            }
            return
        }
        switch outcome {
        case .succeeded(let evidence): try container.encode(evidence, forKey: .evidence)
        case .failed(let failure): try container.encode(Failure(failure, operation.device), forKey: .failure)
        case .cancelled(let refusal): try container.encodeIfPresent(refusal.map { Failure($0, operation.device) }, forKey: .failure)
        // Which part of a refused answer was wrong, nobody is told (RTS Art. 4(3)(a)); the others say all there is.
        case .refused, .expired, .indeterminate: break
        }
    }
}
