public import HTTPDoor
import HTTPTypes

extension EmulatorError: ProblemReporting {
    /// What the answer says.
    public var problem: Problem { Problem(status, code, description, userAction: hint, isRetryable: isRetryable) }

    private var status: HTTPResponse.Status {
        switch self {
        case .noSuchEmulator, .noAnswer, .noSuchSnapshot: .notFound
        case .invalidRequest, .unsuitablePIN: .badRequest
        case .noCode, .unreadablePicture: .unprocessableContent
        case .unavailable: .serviceUnavailable
        case .tooManyEmulators, .serialTaken, .notSupported, .nothingAsked, .promptChanged, .otherAnswerWanted, .cardNotThere,
            .cardThere, .enrolmentRefused:
            .conflict
        }
    }

    private var isRetryable: Bool { if case .unavailable = self { true } else { false } }
}
