import DeviceProtocol

/// An operation with the enrolment of the device that it asks, read together.
public struct AskedOperation: Sendable {
    /// The operation.
    public var operation: Operation
    /// The device's enrolment.
    public var enrolment: Enrolment
    /// Whom the audit log's rows about the device are about; `nil` where there are none, or it was erased.
    public let person: AuditPerson?

    /// What a store has read together.
    public init(operation: Operation, enrolment: Enrolment, person: AuditPerson?) {
        self.operation = operation
        self.enrolment = enrolment
        self.person = person
    }
}

extension AskedOperation {
    /// Why an answer is not even looked at; `nil` where it is.
    ///
    /// Otherwise anybody could end what a device is answering, and throw its answer away, or count failures that no device makes. One to
    /// an operation that is over is looked at, so that it leaves its trace.
    func refusal(of response: Response, from node: String?) -> VerificationError? {
        guard operation.outcome == nil else { return nil }
        if operation.state == .working, let claim = operation.attachment?.claim, claim.node != node { return .working(operation.id) }
        return enrolment.credential.takes(response) ? nil : .otherAnswerWanted(operation.device, enrolment.credential.wanted)
    }
}
