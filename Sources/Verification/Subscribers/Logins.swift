public import Crypto
public import DeviceProtocol
import Foundation
import ScanChallenge

/// Logging in: user ID, password and a device's answer are all right, or nobody learns which of them was not.
///
/// RTS, Article 4(3)(a). An unknown user gets the same challenge, the same refusal and the same work: one hash, one commit.
public struct Logins: Sendable {
    private let subscribers: Subscribers
    private let operations: Operations
    private let decoys: LoginDecoys
    private let pictures: SecretImageSet?
    private var store: any Store { operations.store }

    /// Logins of these subscribers.
    ///
    /// - Parameters:
    ///   - operations: where their devices answer; of the same store.
    ///   - decoyKey: 32 secret bytes of the server, from which the challenges of unknown users are drawn, the same every time.
    ///   - pictures: those of the secret images; `nil` where none are shown.
    public init(of subscribers: Subscribers, by operations: Operations, decoyKey: SymmetricKey, pictures: SecretImageSet? = nil) {
        self.pictures = pictures
        self.subscribers = subscribers
        self.operations = operations
        decoys = LoginDecoys(key: decoyKey)
    }

    /// What a person who wants to log in is shown.
    public struct Attempt: Sendable {
        /// What the answer names.
        public let id: ChallengeID
        /// The challenge in the form that the product takes.
        public let presentation: Presentation
        /// The picture to show beside it (``SecretImages``), for a product that shows one: chosen, or a decoy that stays the same.
        public let secretImage: String?
    }

    /// What a login opened.
    public struct Opened: Sendable {
        /// The session.
        public let session: Session
        /// What the browser shows to go on with it.
        public let token: SessionToken
        /// What the device answered.
        public let evidence: Evidence
    }

    /// Begins a login, for anybody: who is unknown, has no such product or is blocked is shown the same.
    ///
    /// - Parameters:
    ///   - user: what was typed as user ID.
    ///   - product: which kind of device they chose on the page.
    ///   - name: which of them, by the name that they gave it; otherwise the first that is not suspended, also while it is blocked.
    /// - Throws: ``SubscriberError/verification(_:)``: no such product, no issuer, a place that is none, the store failed.
    public func begin(
        as user: String, with product: ProductProfile.ID, named name: String? = nil, login: Login
    ) async throws(SubscriberError) -> Attempt {
        let profile: ProductProfile
        do throws(VerificationError) {
            try Challenge.Content.login(login).requirePlainLogin()
            profile = try operations.policy.profile(of: product)
            try operations.policy.admit(profile, at: operations.now())
        } catch { throw .verification(error) }
        let now = operations.now()
        var generator = operations.random()
        let challenge: Challenge
        do throws(ContentError) {
            challenge = try Challenge(
                id: ChallengeID(using: &generator), origin: operations.origin, issuedAt: now, content: .login(login))
        } catch { throw .verification(.content(error)) }
        let id = SubscriberID(rawValue: user)
        let shown = profile.showsSecretImage ? pictures?.decoy(for: user) : nil
        return try await store.settle { [decoys, issuer = operations.issuer] transaction throws(StoreError) in
            var picture = shown
            if shown != nil, let id { picture = try transaction.subscriber(id)?.record.secretImage ?? shown }
            let enrolments = try id.map { (id) throws(StoreError) in
                try transaction.enrolments(of: id).filter { $0.product == product }
            }
            // One that is blocked keeps its place: anybody can block it, and whoever saw another one's key then would know that there are two.
            let usable = enrolments?.living(at: now).filter { $0.state == .active || $0.state == .blocked } ?? []
            let chosen = usable.first { name == nil || $0.life.name == name }
            guard var enrolment = chosen, enrolment.state == .active else {
                // One seal and one commit, as for everybody; what can be seen of a device does not change when it is blocked.
                let seen = (chosen ?? usable.first ?? enrolments?.last)?.sealing?.keyID
                let decoy: Presentation
                do throws(SubscriberError) {
                    decoy = try decoys.presentation(of: challenge, to: user, as: profile, issuer: issuer, showing: seen)
                } catch { return .failure(error) }
                try transaction.countStranger()
                return .success(Attempt(id: challenge.id, presentation: decoy, secretImage: picture))
            }
            var operation = Operation(
                challenge: challenge, subscriber: enrolment.subscriber, device: enrolment.device, enrolment: enrolment.id,
                idempotencyKey: challenge.id.description)
            var presentation = Presentation.nothing
            switch profile.method {
            case .timedCode, .countedCode: break
            case .signature: presentation = .plain(challenge)
            case .scanCode:
                guard let issuer else { return .failure(.verification(.noIssuer)) }
                guard var sealing = enrolment.sealing else { return .failure(.verification(.wrongRegistration(product))) }
                let text: String
                do throws(ScanError) { text = try sealing.seal(challenge, issuer: issuer) } catch {
                    return .failure(.verification(.scan(error)))
                }
                operation.sealed = text
                presentation = .sealed(text)
                enrolment.sealing = sealing
                try transaction.update(enrolment)
            }
            try transaction.insert(operation)
            return .success(Attempt(id: challenge.id, presentation: presentation, secretImage: picture))
        }
    }

    /// Ends a login: all three are right, and a session begins.
    ///
    /// The code is spent, both counters are kept and the session begins in one transaction. The person's count grows with every
    /// refusal, the device's with a wrong answer of its own.
    ///
    /// - Parameters:
    ///   - id: of the attempt.
    ///   - stapled: OCSP responses (RFC 6960) that came with a signature.
    ///   - account: which account is wanted; the enrolment has to be linked to it.
    ///   - isClaimant: whether the answer comes from who claimed the operation for an attached device, where somebody did; another's is
    ///     refused, and leaves the device's own to be taken.
    /// - Throws: ``SubscriberError/refused``, the same whatever was wrong; ``SubscriberError/busy`` before anything is looked at;
    ///   ``SubscriberError/verification(_:)`` with ``VerificationError/ended(_:_:)`` for a login that succeeded with this very password and
    ///   answer, which does not count; with ``VerificationError/enrolment(_:)`` for somebody who is logged in and may not open that; or when
    ///   the store failed.
    public func finish(
        _ id: ChallengeID, as user: String, password: HeldSecret, response: Response, stapled: [[UInt8]] = [],
        for application: Application = .own, account: AccountID? = nil, isClaimant: Bool = true
    ) async throws(SubscriberError) -> Opened {
        let check = try await subscribers.check(password, of: user)
        let signed: CheckedSignature
        do throws(VerificationError) {
            signed = try await operations.certificatesThatSigned(response, for: id, stapled: stapled)
        } catch { throw .verification(error) }
        let name = SubscriberID(rawValue: user)
        var generator = operations.random()
        let token = SessionToken(using: &generator)
        let opened: Opened = try await store.settle { [operations, rule = subscribers.policy.blocking] transaction throws(StoreError) in
            let now = operations.now()
            guard let name, var subscriber = try transaction.subscriber(name) else {
                try transaction.refuseStranger(.login, at: now)
                return .failure(.refused)
            }
            let isKnown = check.isRight && subscriber.record.password == check.hash && !subscriber.isBlocked(at: now)
            var evidence: Evidence?
            var (isWritten, isUnvouched) = (false, false)
            if let asked = try transaction.asked(id), asked.operation.subscriber == name, asked.operation.isOfLogin,
                asked.operation.state != .working || isClaimant
            {
                let judgement = operations.judge(response, signedBy: signed, to: asked, knowledge: isKnown)
                isUnvouched = (try? judgement.get())?.reason != nil
                switch try transaction.carryOut(judgement.prepared(by: transaction)) {
                case .success(let ended):
                    isWritten = true
                    if case .succeeded(let found) = ended.outcome { evidence = found }
                case .failure(.ended(_, let outcome)):
                    isWritten = true
                    // The same request again, whose answer was lost. Who can tell this from a refusal knew both, so that it tells nothing.
                    if isKnown, asked.hasAccepted(response) {
                        return .failure(.verification(.ended(id, outcome)))
                    }
                case .failure: break
                }
            }
            // All was right, and nobody vouches for the certificate now: an outage of its authority blocks nobody.
            if isKnown, isUnvouched { return .failure(.refused) }
            guard let evidence, isKnown, let enrolment = try transaction.enrolment(of: evidence.device) else {
                try transaction.refuse(.login, of: &subscriber, isWritten: isWritten, by: rule, at: now)
                return .failure(.refused)
            }
            subscriber.forgetFailures()
            try transaction.update(subscriber)
            do throws(EnrolmentRefusal) { try enrolment.admit(to: application, account: account) } catch {
                // Beside the row that accepts the answer: whoever reads the log later would see a login.
                try transaction.append(
                    AuditEvent(.refused, of: enrolment, at: now, operation: id, detail: "not admitted: \(error.missing)"))
                return .failure(.enrolment(error))
            }
            for old in try transaction.sessions(of: name) where now >= old.endsAt { try transaction.remove(old) }
            let session = Session(
                id: SessionID(token), subscriber: name, enrolment: enrolment.id, application: application.id, account: account,
                startedAt: now, lastActive: now)
            try transaction.insert(session)
            return .success(Opened(session: session, token: token, evidence: evidence))
        }
        await subscribers.raiseCost(of: password, from: check.hash, for: opened.session.subscriber)
        return opened
    }
}

extension AskedOperation {
    /// Whether the operation succeeded with this very answer.
    fileprivate func hasAccepted(_ response: Response) -> Bool {
        guard case .ended(.succeeded(let evidence)) = operation.state else { return false }
        return enrolment.credential.trace(of: response, to: operation.id) == evidence.answer
    }
}

extension EnrolmentRefusal {
    /// What somebody who was not admitted lacks, for the audit log, without naming an account.
    fileprivate var missing: String { if case .notLinked = self { "account" } else { "identification" } }
}
