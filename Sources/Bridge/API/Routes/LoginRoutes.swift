import DeviceProtocol
import Foundation
import HTTPDoor
import HTTPTypes
import Hummingbird
import Verification

/// Logging in: whatever is wrong, the refusal is the same to the byte, after the same work (RTS, Article 4(3)(a)).
struct LoginRoutes: Sendable {
    let bank: BankSide
    /// Lets attached devices answer; `nil` where none are.
    let attached: (any AttachedAnswers)?
    private let attempts = LoginAttempts()

    init(bank: BankSide, attached: (any AttachedAnswers)?) {
        self.bank = bank
        self.attached = attached
    }

    func add(to routes: Router<DoorContext>) {
        routes.add(.post, "/v1/logins", for: .verifier, takes: .body) { ask in
            let form = try await ask.body(NewLoginForm.self)
            let attempt = try await bank.logins.begin(as: form.user, with: form.product, named: form.name, login: form.login)
            attempts.keep(attempt.presentation, of: attempt.id, at: bank.now())
            return try .json(
                LoginForm(
                    id: attempt.id.description, presentation: PresentationForm(attempt.presentation),
                    qr: try QRForm(attempt.presentation), secretImage: try image(of: attempt, form.login)),
                status: .created)
        }
        routes.add(.post, "/v1/logins/{id}/finish", for: .verifier, takes: .body) { ask in
            let id = try ask.challenge()
            let form = try await ask.body(LoginFinishForm.self)
            // Whoever goes away while a device is asked frees it.
            if case .attached = form.answer { try ask.context.standAside() }
            let answer = try await answer(form.answer, to: id, by: ask.caller)
            let opened = try await bank.logins.finish(
                id, as: form.user, password: form.password, response: answer.response, stapled: answer.stapled,
                for: form.application, account: form.account, isClaimant: answer.isClaimant)
            return try .json(OpenedForm(opened), status: .created)
        }
    }

    /// What a device answered to a login.
    private struct Answer {
        let response: DeviceProtocol.Response
        /// OCSP responses that came with it.
        let stapled: [[UInt8]]
        /// Whether it comes from who claimed the login's operation for the device.
        let isClaimant: Bool
    }

    /// What the device answered, or answers now.
    private func answer(_ answer: LoginFinishForm.Answer, to id: ChallengeID, by caller: Caller) async throws -> Answer {
        switch answer {
        case .given(let given): return Answer(response: given.response, stapled: given.stapled, isClaimant: false)
        case .attached(let device):
            try caller.require(anyOf: [.deviceUser])
            guard let attached else { throw DeviceError(.removed, device.rawValue) }
            guard let taken = attempts.take(id, at: bank.now()) else {
                throw Problem(
                    .conflict, "noSuchLogin", "this login was not begun here, its device has answered, or it is too old",
                    userAction: "begin the login anew")
            }
            do {
                let response = try await attached.answer(taken.presentation, for: id, on: device, by: caller)
                return Answer(response: response, stapled: [], isClaimant: true)
            } catch {
                if try await mayCome(again: error, for: id) { attempts.putBack(taken, of: id) }
                throw error
            }
        }
    }

    /// Whether the very same request may succeed later, because the device did nothing yet; a login of nobody has no operation.
    private func mayCome(again error: any Error, for id: ChallengeID) async throws(StoreError) -> Bool {
        let problem = (error as? DeviceError).map { Problem($0) } ?? error as? Problem
        guard problem?.isRetryable == true else { return false }
        let state = try await bank.store.lookUp { (reader) throws(StoreError) in try reader.operation(id)?.state }
        return state == nil || state == .pending
    }

    /// The picture that the person chose, or the one that is always shown in its place, with the login's details.
    private func image(of attempt: Logins.Attempt, _ login: Login) throws -> SecretImageForm? {
        guard let name = attempt.secretImage, let renderer = bank.renderer else { return nil }
        let challenge = try Challenge(id: attempt.id, origin: bank.operations.origin, issuedAt: bank.now(), content: .login(login))
        return try SecretImageForm(name, of: challenge, by: renderer)
    }
}
