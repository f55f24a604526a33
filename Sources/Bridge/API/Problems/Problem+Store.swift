import HTTPDoor
import HTTPTypes
import Hummingbird
import Verification

extension Problem {
    /// The same as the answer of a door: `store` and the name of the case, since `busy` and `full` alone say too little.
    ///
    /// What nobody knows the outcome of is not to be repeated, but looked up.
    init(_ error: StoreError) {
        let hint =
            switch error {
            case .unknownOutcome: "look at the list of operations; the same idempotency key finds what it began"
            default: error.hint
            }
        self.init(error.kind, error.description, hint)
    }

    /// The same of what keeps the audit log from being read.
    init(_ error: AuditError) {
        switch error {
        case .store(let error): self.init(error)
        case .unreadableKey, .publicHalf, .unreadablePublicKey:
            self.init(Kind(.internalServerError, "unreadableKey"), error.description, error.hint)
        case .unreadableHeads: self.init(Kind(.unprocessableContent, "unreadableHeads"), error.description, error.hint)
        }
    }
}

extension Problem {
    /// Looks at what was done, for whoever asked for it: to the end, even when they are gone or the door closes.
    ///
    /// - Throws: ``Problem`` `doneUnseen`, which is not to be repeated: whatever kept it from being shown says nothing of what was done.
    static func afterwards(_ look: @escaping @Sendable () async throws -> Response) async throws(Problem) -> Response {
        do { return try await Task { try await look() }.value } catch {
            throw Problem(
                .serviceUnavailable, "doneUnseen", "it is done, and cannot be shown: \(error)",
                userAction: "look it up later; the same request again would be another one")
        }
    }
}

extension StoreError {
    var kind: Problem.Kind {
        switch self {
        case .unavailable: .init(.serviceUnavailable, "storeUnavailable")
        case .unreachable: .init(.serviceUnavailable, "storeUnreachable", retryAfter: 5)
        case .notAdmitted: .init(.serviceUnavailable, "storeNotAdmitted")
        case .unknownOutcome: .init(.serviceUnavailable, "storeUnknownOutcome")
        case .busy: .init(.serviceUnavailable, "storeBusy", retryAfter: 1)
        // Somebody makes room, and nothing has to be restarted.
        case .full: .init(.serviceUnavailable, "storeFull", retryAfter: 30)
        case .exhausted(.memory, _, _): .init(.serviceUnavailable, "storeOutOfMemory", retryAfter: 5)
        case .exhausted(.connections, _, _): .init(.serviceUnavailable, "storeOutOfConnections", retryAfter: 5)
        case .exhausted(.limit, _, _): .init(.serviceUnavailable, "storeLimitReached", retryAfter: 30)
        case .nameTaken: .init(.serviceUnavailable, "storeNameTaken")
        case .conflict: .init(.conflict, "storeConflict", retryAfter: 1)
        case .cancelled: .init(.serviceUnavailable, "storeCancelled", retryAfter: 1)
        case .foreign: .init(.internalServerError, "storeForeign")
        case .damaged: .init(.internalServerError, "storeDamaged")
        case .otherMark: .init(.internalServerError, "storeOtherMark")
        case .exposed: .init(.internalServerError, "storeExposed")
        case .notDurable: .init(.internalServerError, "storeNotDurable")
        case .keyNeeded: .init(.internalServerError, "storeKeyNeeded")
        case .unknownKey: .init(.internalServerError, "storeUnknownKey")
        case .unusableKeys: .init(.internalServerError, "storeUnusableKeys")
        }
    }
}
