/// Why something that concerns a subscriber was not done.
///
/// For the bank's own eyes, but for ``refused``: who is not logged in yet never learns more than that (RTS Art. 4(3)(a)).
public enum SubscriberError: Error, Hashable, Sendable {
    /// User ID, password or code was wrong, or somebody is blocked: nobody is told which.
    case refused
    /// Too many hash at this moment; nothing was tried.
    case busy
    /// There is no memory to hash with.
    case noMemory
    /// There is no such subscriber.
    case noSuchSubscriber(SubscriberID)
    /// The user ID is somebody's already.
    case alreadyExists(SubscriberID)
    /// A password was chosen: an initial one would open nothing.
    case hasPassword(SubscriberID)
    /// The password may not be chosen.
    case unsuitablePassword([PasswordRule.Violation])
    /// Questions come in threes or more, each different, each with an answer.
    case unsuitableQuestions
    /// No session, or it is over.
    case sessionOver
    /// So many requests of one person were granted within a quarter of an hour that no more is remembered.
    case tooManyRequests
    /// The list of trusted beneficiaries is full.
    case tooManyBeneficiaries
    /// There is no secret image to choose.
    case secretImage(SecretImageRefusal)
    /// Something about a device or an operation.
    case verification(VerificationError)

    /// The store did not do it.
    public static func store(_ error: StoreError) -> SubscriberError { .verification(.store(error)) }
    /// The enrolment did not change.
    public static func enrolment(_ refusal: EnrolmentRefusal) -> SubscriberError { .verification(.enrolment(refusal)) }
}

extension SubscriberError: CustomStringConvertible {
    /// One sentence.
    public var description: String {
        switch self {
        case .refused: "user ID, password or code is not right"
        case .busy: "too many want to log in at this moment"
        case .noMemory: "there is no memory to check a password with"
        case .noSuchSubscriber(let id): "there is no subscriber \"\(id)\""
        case .alreadyExists(let id): "the subscriber \"\(id)\" exists already"
        case .hasPassword(let id): "the subscriber \"\(id)\" has a password of their own, and no activation asks for an initial one"
        case .unsuitablePassword(let violations): violations.map(\.description).joined(separator: "; ")
        case .unsuitableQuestions:
            "there are \(Subscribers.questionCounts.lowerBound) to \(Subscribers.questionCounts.upperBound) different questions, each with an answer"
        case .sessionOver: "the session is over"
        case .tooManyRequests: "\(Permissions.grantLimit) requests were granted within a quarter of an hour"
        case .tooManyBeneficiaries: "there are \(Permissions.beneficiaryLimit) trusted beneficiaries"
        case .secretImage(let refusal): refusal.description
        case .verification(let error): error.description
        }
    }

    /// What to do next.
    public var hint: String {
        switch self {
        case .refused: "try again with care, or ask the helpdesk"
        case .busy: "try again in a few seconds; nothing was counted"
        case .noMemory: "give the program at least 64 MiB for each core"
        case .noSuchSubscriber: "create the subscriber first, or look at the spelling"
        case .alreadyExists: "choose another user ID"
        case .hasPassword: "one that is forgotten is replaced when a device of theirs approves it; who has none left is sent a device first"
        case .unsuitablePassword: "choose another password"
        case .unsuitableQuestions: "choose other questions; an answer has at least two letters or digits"
        case .sessionOver: "log in again"
        case .tooManyRequests: "wait some minutes, or pay many in one batch"
        case .tooManyBeneficiaries: "take one off the list first"
        case .secretImage(let refusal): refusal.hint
        case .verification(let error): error.hint
        }
    }
}

extension Store {
    /// Runs a transaction that comes to a decision about a subscriber; a refusal is a decision too, and what was written before it stays.
    func settle<R: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> Result<R, SubscriberError>
    ) async throws(SubscriberError) -> R {
        let decision: Result<R, SubscriberError>
        do { decision = try await write(body) } catch { throw .store(error) }
        return try decision.get()
    }

    /// Looks something up.
    func look<R: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> R
    ) async throws(SubscriberError) -> R {
        do { return try await read(body) } catch { throw .store(error) }
    }
}
