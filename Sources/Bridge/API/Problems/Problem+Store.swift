import HTTPDoor
import HTTPTypes
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
