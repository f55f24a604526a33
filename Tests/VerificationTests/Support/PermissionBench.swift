import DeviceProtocol
import Foundation
import Testing

@testable import Verification

/// Alice with a card that opened a session.
struct PermissionBench {
    let customers: TestCustomers
    let card: TestCard
    var token: SessionToken
    let permissions: Permissions

    init(
        _ policy: StrongAuthenticationPolicy = StrongAuthenticationPolicy(exemptsTrustedBeneficiaries: true, lowValue: .init()),
        rules: SignatureRules = SignatureRules()
    ) async throws {
        customers = try TestCustomers()
        try await customers.admitAlice()
        card = try await customers.bank.enrolCard()
        try await customers.bank.enrolments.identify(card.id, by: .branch)
        permissions = Permissions(customers.bank.operations, by: policy, rules: rules)
        token = try await Self.logIn(customers, card)
    }

    static func logIn(_ customers: TestCustomers, _ card: TestCard) async throws -> SessionToken {
        let attempt = try await customers.logins.begin(as: "alice", with: .smartcard, login: Login(place: "", browser: ""))
        guard case .plain(let challenge) = attempt.presentation else { throw DeviceError(.notSupported, "no challenge") }
        return try await customers.logins.finish(
            attempt.id, as: "alice", password: secret(TestCustomers.password), response: card.respond(to: challenge)
        ).token
    }

    func approve(_ action: SensitiveAction) async throws -> ChallengeID {
        let begun: Verification.Operation
        if case .changeSecretImage(let change) = action {
            begun = try await customers.bank.operations.changeSecretImage(
                to: change, for: customers.alice, with: card.id, idempotencyKey: UUID().uuidString)
        } else {
            begun = try await customers.bank.begin(action.content, with: card.id)
        }
        #expect(try await customers.bank.operations.submit(card.respond(to: begun.challenge), to: begun.id).name == "succeeded")
        return begun.id
    }

    func ask(
        _ action: SensitiveAction, approvedBy operation: ChallengeID? = nil, request: String = UUID().uuidString
    ) async throws -> Permission {
        try await permissions.ask(action, in: token, approvedBy: operation, request: request)
    }
}
