import DeviceProtocol
import HTTPDoor
import HTTPTypes

extension Problem {
    /// The same as the answer of a door: the code is that of the error, and tries are told where a card told them.
    init(_ error: DeviceError) {
        // What the system tells of other programs stands in the detail.
        let holder = error.code == .heldByAnotherProgram ? error.detail : nil
        self.init(error.code.kind, error.description, error.hint, triesLeft: error.triesLeft, holder: holder)
    }

    /// The same as the answer of a door.
    ///
    /// - Parameter member: where in the request it stands: `content.iban`.
    init(_ error: ContentError, at member: String? = nil) {
        let detail = member.map { "\($0): \(error.description)" } ?? error.description
        self.init(error.kind, detail, "correct the field and begin again")
    }
}

extension DeviceError.Code {
    fileprivate var kind: Problem.Kind {
        switch self {
        case .declined, .cancelled, .timedOut, .wrongPIN, .wrongPUK, .newPINsDiffer, .lastTry, .blocked, .pukBlocked, .removed,
            .cardMissing, .cardMute, .challengeRefused:
            .init(.conflict, rawValue)
        case .heldByAnotherProgram: .init(.conflict, rawValue, retryAfter: 5)
        case .unsuitablePIN, .notSupported, .detailsTooLong: .init(.unprocessableContent, rawValue)
        case .holderUnavailable, .accessDenied, .stuck: .init(.serviceUnavailable, rawValue)
        case .serviceAbsent, .serviceSilent: .init(.serviceUnavailable, rawValue, retryAfter: 5)
        case .malformedAnswer: .init(.badGateway, rawValue)
        // The same request might sign a second time.
        case .indeterminate: .init(.serviceUnavailable, rawValue)
        }
    }
}

extension ContentError {
    var kind: Problem.Kind { .init(.unprocessableContent, name) }

    /// The name of the case.
    private var name: String {
        switch self {
        case .empty: "empty"
        case .tooLong: "tooLong"
        case .forbiddenCharacter: "forbiddenCharacter"
        case .invalidIBAN: "invalidIBAN"
        case .unknownCurrency: "unknownCurrency"
        case .invalidAmount: "invalidAmount"
        case .amountOutOfRange: "amountOutOfRange"
        case .invalidLifetime: "invalidLifetime"
        case .invalidIdentifier: "invalidIdentifier"
        case .invalidBatch: "invalidBatch"
        case .invalidRole: "invalidRole"
        case .notCanonical: "notCanonical"
        }
    }
}
