import HTTPDoor
import HTTPTypes
import Verification

extension Problem {
    /// The same as the answer of a door: the code is the name of the case, or that of the error within it.
    init(_ error: VerificationError) {
        switch error {
        case .store(let error): self.init(error)
        // Whoever asks here chooses among products, and cannot add one.
        case .unknownProduct:
            let products = ProductProfile.all.map(\.id.rawValue).joined(separator: ", ")
            self.init(error.kind, error.description, "use one of these: \(products)")
        default: self.init(error.kind, error.description, error.hint)
        }
    }

    /// The same as the answer of a door; ``Verification/SubscriberError/refused`` is always the very same.
    init(_ error: SubscriberError) {
        if case .verification(let error) = error { self.init(error) } else { self.init(error.kind, error.description, error.hint) }
    }

    /// What an error is called, and what a client can make of it.
    struct Kind {
        let status: HTTPResponse.Status
        let code: String
        var isRetryable = false
        /// After how many seconds the same request may be repeated.
        var seconds: Int?
        /// What the person has to prove who is not let in (RFC 9110, 11.6.1).
        var challenge: String?

        init(_ status: HTTPResponse.Status, _ code: String, retryAfter seconds: Int? = nil, challenge: String? = nil) {
            self.status = status
            self.code = code
            self.seconds = seconds
            self.challenge = challenge
            isRetryable = seconds != nil
        }
    }

    init(_ kind: Kind, _ detail: String, _ hint: String, triesLeft: Int? = nil, holder: String? = nil) {
        var headers: HTTPFields = [:]
        if let seconds = kind.seconds { headers[.retryAfter] = String(seconds) }
        if let challenge = kind.challenge { headers[.wwwAuthenticate] = challenge }
        self.init(
            kind.status, kind.code, detail, userAction: hint, isRetryable: kind.isRetryable, triesLeft: triesLeft, holder: holder,
            headers: headers)
    }
}

extension VerificationError {
    fileprivate var kind: Problem.Kind {
        switch self {
        case .noSuchDevice: .init(.notFound, "noSuchDevice")
        case .deviceNotActive: .init(.conflict, "deviceNotActive")
        case .personBlocked: .init(.conflict, "personBlocked")
        case .unknownProduct: .init(.unprocessableContent, "unknownProduct")
        case .productRetired: .init(.forbidden, "productRetired")
        case .approvalNotAdmitted: .init(.forbidden, "approvalNotAdmitted")
        case .alreadyEnrolled: .init(.conflict, "alreadyEnrolled")
        case .limitReached: .init(.conflict, "limitReached")
        case .wrongRegistration: .init(.unprocessableContent, "wrongRegistration")
        case .otherSerial: .init(.unprocessableContent, "otherSerial")
        case .otherCertificate: .init(.unprocessableContent, "otherCertificate")
        case .weakSeed: .init(.unprocessableContent, "weakSeed")
        case .emulatedDeviceRefused: .init(.forbidden, "emulatedDeviceRefused")
        case .testRootRefused: .init(.forbidden, "testRootRefused")
        case .testRootForRealDevice: .init(.forbidden, "testRootForRealDevice")
        case .restoreRefused: .init(.forbidden, "restoreRefused")
        case .noBackupPossible: .init(.conflict, "noBackupPossible")
        case .certificate: .init(.unprocessableContent, "certificate")
        case .reservedPlace: .init(.unprocessableContent, "reservedPlace")
        case .scan: .init(.unprocessableContent, "scan")
        case .noIssuer: .init(.notImplemented, "noIssuer")
        case .invalidIdempotencyKey: .init(.badRequest, "invalidIdempotencyKey")
        case .idempotencyConflict: .init(.conflict, "idempotencyConflict")
        case .noSuchOperation: .init(.notFound, "noSuchOperation")
        case .ended: .init(.conflict, "ended")
        case .working: .init(.conflict, "working")
        case .notWorking: .init(.conflict, "notWorking")
        case .otherAnswerWanted: .init(.unprocessableContent, "otherAnswerWanted")
        case .notResynchronised: .init(.unprocessableContent, "notResynchronised")
        case .enrolment(let refusal): refusal.kind
        case .transaction(let refusal): refusal.kind
        case .content(let error): error.kind
        case .store(let error): error.kind
        }
    }
}

extension SubscriberError {
    fileprivate var kind: Problem.Kind {
        switch self {
        case .refused: .init(.unauthorized, "refused", challenge: #"Tessera realm="login""#)
        case .busy: .init(.serviceUnavailable, "busy", retryAfter: 2)
        case .noMemory: .init(.serviceUnavailable, "noMemory", retryAfter: 10)
        case .noSuchSubscriber: .init(.notFound, "noSuchSubscriber")
        case .alreadyExists: .init(.conflict, "alreadyExists")
        case .hasPassword: .init(.conflict, "hasPassword")
        case .unsuitablePassword: .init(.unprocessableContent, "unsuitablePassword")
        case .unsuitableQuestions: .init(.unprocessableContent, "unsuitableQuestions")
        case .sessionOver: .init(.unauthorized, "sessionOver", challenge: #"Tessera realm="session""#)
        case .tooManyRequests: .init(.tooManyRequests, "tooManyRequests", retryAfter: 60)
        case .tooManyBeneficiaries: .init(.conflict, "tooManyBeneficiaries")
        case .secretImage(let refusal): refusal.kind
        case .verification(let error): error.kind
        }
    }
}

extension SecretImageRefusal {
    fileprivate var kind: Problem.Kind {
        switch self {
        case .notOffered: .init(.unprocessableContent, "notOffered")
        case .notWithThisDevice: .init(.forbidden, "notWithThisDevice")
        case .notApproved: .init(.forbidden, "notApproved")
        case .tooFewPictures: .init(.internalServerError, "tooFewPictures")
        case .sameNames: .init(.internalServerError, "sameNames")
        case .weakKey: .init(.internalServerError, "weakKey")
        }
    }
}

extension EnrolmentRefusal {
    fileprivate var kind: Problem.Kind {
        switch self {
        case .illegal: .init(.conflict, "illegal")
        case .over: .init(.conflict, "enrolmentOver")
        case .noSuchOrder: .init(.notFound, "noSuchOrder")
        case .activationOver: .init(.conflict, "activationOver")
        case .notSent: .init(.conflict, "notSent")
        case .noPairing: .init(.conflict, "noPairing")
        case .outOfTurn: .init(.conflict, "outOfTurn")
        case .wrongProof: .init(.unprocessableContent, "wrongProof")
        case .closed: .init(.conflict, "closed")
        case .suspendedForFraud: .init(.forbidden, "suspendedForFraud")
        case .notApproved: .init(.forbidden, "notApproved")
        case .unsuitableReplacement: .init(.unprocessableContent, "unsuitableReplacement")
        case .identificationTooWeak: .init(.forbidden, "identificationTooWeak")
        case .notLinked: .init(.forbidden, "notLinked")
        case .unsuitableName: .init(.unprocessableContent, "unsuitableName")
        case .unsuitableActivationCode: .init(.unprocessableContent, "unsuitableActivationCode")
        case .renewedAsOtherDevice: .init(.conflict, "renewedAsOtherDevice")
        case .renewalTooEarly: .init(.conflict, "renewalTooEarly")
        }
    }
}

extension TransactionRefusal {
    fileprivate var kind: Problem.Kind {
        switch self {
        case .noSuchTransaction: .init(.notFound, "noSuchTransaction")
        case .notATransaction: .init(.unprocessableContent, "notATransaction")
        case .noRule: .init(.unprocessableContent, "noRule")
        case .noAccount: .init(.unprocessableContent, "noAccount")
        case .invalidLifetime: .init(.unprocessableContent, "invalidLifetime")
        case .invalidLimit: .init(.badRequest, "invalidLimit")
        case .over: .init(.conflict, "over")
        case .ruleChanged: .init(.conflict, "ruleChanged")
        case .notASigner: .init(.forbidden, "notASigner")
        case .notInvolved: .init(.forbidden, "notInvolved")
        case .signedAlready: .init(.conflict, "signedAlready")
        case .placesTaken: .init(.conflict, "placesTaken")
        case .placesReserved: .init(.conflict, "placesReserved")
        }
    }
}
