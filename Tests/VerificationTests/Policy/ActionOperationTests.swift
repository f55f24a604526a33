import DeviceProtocol
import Foundation
import Testing
import Verification

/// The operations by what people call them, each bound to its content.
struct ActionOperationTests {
    private func actions() throws -> [SensitiveAction] {
        let amount = try Amount(minorUnits: 1250, currency: Currency("EUR"))
        return [
            .authenticate(try Login(place: "Luxembourg", browser: "Firefox")),
            .approvePayment(try Payment(iban: TestFirm.account(), amount: amount, payee: "Anna Muster")),
            .approveBatch(try Batch([Batch.Transfer(iban: TestFirm.account(), payee: "Anna Muster", amount: amount)])),
            .addBeneficiary(try Beneficiary(iban: TestFirm.account(), name: "Anna Muster")),
            .enrol(try Activation(product: "Mobile", device: "M-1")), .changeSecretImage(try SecretImageChange(image: "boat")),
            .changeSecretImage(try SecretImageChange(image: "bird")),
        ]
    }

    private func begin(_ action: SensitiveAction, _ bank: TestBank, _ device: DeviceID) async throws -> Verification.Operation {
        let key = UUID().uuidString
        return switch action {
        case .authenticate(let login):
            try await bank.operations.authenticate(login, for: bank.alice, with: device, idempotencyKey: key)
        case .approvePayment(let payment):
            try await bank.operations.approve(payment, for: bank.alice, with: device, idempotencyKey: key)
        case .approveBatch(let batch):
            try await bank.operations.approve(batch, for: bank.alice, with: device, idempotencyKey: key)
        case .addBeneficiary(let beneficiary):
            try await bank.operations.addBeneficiary(beneficiary, for: bank.alice, with: device, idempotencyKey: key)
        case .enrol(let activation):
            try await bank.operations.enrol(activation, for: bank.alice, with: device, idempotencyKey: key)
        case .changeSecretImage(let change):
            try await bank.operations.changeSecretImage(to: change, for: bank.alice, with: device, idempotencyKey: key)
        }
    }

    @Test func `each operation authorises its own action once it succeeded, and no other`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        for action in try actions() {
            let begun = try await begin(action, bank, card.id)
            #expect(begun.challenge.content == action.content)
            #expect(!begun.authorises(action), "nobody has answered")
            #expect(try await bank.operations.submit(card.respond(to: begun.challenge), to: begun.id).name == "succeeded")
            let ended = try await bank.operations.operation(begun.id)
            #expect(try actions().filter(ended.authorises) == [action])
        }
    }

    @Test func `no login passes for the change of the secret image`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let (bank, card) = (customers.bank, try await customers.bank.enrolCard())
        guard case .login(let login) = SensitiveAction.changeSecretImage(try SecretImageChange(image: "boat")).content else {
            Issue.record("not a login")
            return
        }
        let refusal = VerificationError.reservedPlace(SecretImageChange.place)
        await #expect(throws: refusal) { _ = try await begin(.authenticate(login), bank, card.id) }
        await #expect(throws: refusal) { _ = try await bank.begin(.login(login), with: card.id) }
        for user in ["alice", "nobody"] {
            await #expect(throws: SubscriberError.verification(refusal)) {
                _ = try await customers.logins.begin(as: user, with: .smartcard, login: login)
            }
        }
        #expect(try await bank.operations.all(of: bank.alice).allSatisfy { $0.challenge.content != .login(login) })
    }

    @Test func `an operation that was refused authorises nothing`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        let action = try actions()[1]
        let begun = try await begin(action, bank, card.id)
        #expect(try await bank.operations.submit(card.sign(begun.challenge, as: .authentication), to: begun.id) == .refused)
        #expect(try await !bank.operations.operation(begun.id).authorises(action))
    }

    // printf '\0\0\0\026tessera/secret-image/1\0\0\0\004boat' | sha256sum
    @Test func `which picture is chosen is shown as the hash that another program computes`() throws {
        let change = SensitiveAction.changeSecretImage(try SecretImageChange(image: "boat"))
        guard case .login(let login) = change.content else {
            Issue.record("not a login")
            return
        }
        #expect(login.place.value == "Change of the secret image")
        #expect(login.browser.value == "66021a6292fcfb36dc0b0e92805cc07c028249cb2e6f3c8dabf1a585734aff9b")
    }
}
