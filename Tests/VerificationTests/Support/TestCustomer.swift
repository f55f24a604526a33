import Crypto
import DeviceProtocol
import Foundation
import SQLiteStore
import Secrets
import Testing
import Verification

/// A bank with all that concerns people, and alice as its customer.
struct TestCustomers: Sendable {
    static let password = "Pass-w0rd"

    let bank: TestBank
    let subscribers: Subscribers
    let activations: Activations
    let recovery: Recovery
    let logins: Logins
    let sessions: Sessions

    var alice: SubscriberID { bank.alice }

    init(
        store: (any Store)? = nil, hasher: SecretHasher = SecretHasher(), change: (inout VerificationPolicy) throws -> Void = { _ in }
    ) throws {
        let bank = try TestBank(store: store, change: change)
        let random = SharedGenerator(seed: 2)
        self.bank = bank
        subscribers = Subscribers(store: bank.store, hasher: hasher, policy: bank.policy, now: { bank.clock.now }, random: { random })
        activations = Activations(subscribers, bank.enrolments)
        recovery = Recovery(subscribers)
        logins = Logins(of: subscribers, by: bank.operations, decoyKey: SymmetricKey(data: Array(repeating: 7, count: 32)))
        sessions = Sessions(store: bank.store) { bank.clock.now }
    }

    /// Makes alice a customer with a password, as if she had activated something long ago.
    func admitAlice(password: String = password) async throws {
        try await subscribers.create(alice)
        try await setPassword(password)
    }

    /// A Token of alice's that opens everything.
    func enrolToken(_ name: String = "T-1") async throws -> TestToken {
        let token = try await bank.enrolToken(name)
        try await bank.enrolments.identify(token.id, by: .branch)
        return token
    }

    func enrolScan(_ name: String = "S-1", as product: ProductProfile.ID = .scan) async throws -> TestScan {
        let scan = try await bank.enrolScan(name, as: product)
        try await bank.enrolments.identify(scan.id, by: .branch)
        return scan
    }

    /// Sets a password by the way of one who forgot it.
    func setPassword(_ password: String) async throws {
        let helper = try TestToken(id: DeviceID("helper-\(UUID().uuidString)"), seed: Array(repeating: 9, count: 20))
        try await bank.enrolments.enrol(
            helper.id, as: .token, for: alice, with: .seed(SymmetricKey(data: helper.seed)), id: bank.enrolmentID(), isEmulated: true)
        let operation = try await bank.begin(Subscribers.approvalOfPassword(for: alice), with: helper.id)
        let code = try helper.code(at: bank.clock.now)
        #expect(try await bank.operations.submit(.code(code), to: operation.id).name == "succeeded")
        try await subscribers.resetPassword(of: alice, to: secret(password), approvedBy: operation.id)
        try await bank.enrolments.revoke(helper.id)
    }

    /// Logs in with a Token.
    @discardableResult
    func logIn(
        _ user: String = "alice", password: String = password, code: String, application: Application = .own, account: AccountID? = nil
    ) async throws -> Logins.Opened {
        let attempt = try await logins.begin(as: user, with: .token, login: Login(place: "Luxembourg", browser: "Firefox"))
        return try await logins.finish(
            attempt.id, as: user, password: secret(password), response: .code(code), for: application, account: account)
    }

    func subscriber() async throws -> Subscriber { try #require(try await subscribers.subscriber(alice)) }

    func notices() async throws -> [Notice.Kind] { try await subscribers.notices(of: alice).map(\.kind) }
}

/// A secret as a person types it.
func secret(_ text: String) throws -> HeldSecret { HeldSecret(try SecretBytes.copying(text.utf8)) }
