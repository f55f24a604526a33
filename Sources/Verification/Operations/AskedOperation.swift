import DeviceProtocol

/// An operation with the enrolment of the device that it asks, read in one transaction.
struct AskedOperation {
    var operation: Operation
    var enrolment: Enrolment

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

extension StoreReader {
    /// An operation and its device's enrolment; `nil` where there is no such operation.
    func asked(_ id: ChallengeID) throws(StoreError) -> AskedOperation? {
        guard let operation = try operation(id), let enrolment = try enrolment(operation.enrolment) else { return nil }
        return AskedOperation(operation: operation, enrolment: enrolment)
    }
}
