import Crypto
import DeviceProtocol
import Foundation
import Testing
import Verification

/// Names stand in paths: one that no path can hold would never be found again.
struct PathNameTests {
    private static let names = [".", "..", "a/b", #"a\b"#]
    private static let refusal = VerificationError.content(.noPathSegment)

    @Test(arguments: names) func `neither a customer nor a device, an order or an account is called so`(name: String) async throws {
        let customers = try TestCustomers()
        let bank = customers.bank
        try await customers.admitAlice()
        let token = try await customers.enrolToken()
        let device = try DeviceID(name)
        let account = try #require(AccountID(rawValue: name))
        await #expect(throws: SubscriberError.verification(Self.refusal)) { try await customers.subscribers.create(SubscriberID(name)) }
        await #expect(throws: Self.refusal) {
            try await bank.enrolments.enrol(
                device, as: .token, for: bank.alice, with: .seed(SymmetricKey(size: .bits256)), id: bank.enrolmentID(), isEmulated: true)
        }
        await #expect(throws: Self.refusal) { try await bank.enrolments.link(token.id, to: account) }
        let wishes: [(DeviceID?, Set<AccountID>)] = [(device, []), (nil, [account])]
        for (serial, accounts) in wishes {
            await #expect(throws: SubscriberError.verification(Self.refusal)) {
                _ = try await customers.activations.order(
                    .smartcard, for: bank.alice, serial: serial, identification: .branch, accounts: accounts)
            }
        }
    }

    @Test(arguments: names) func `who was called so before is still read`(name: String) async throws {
        let bank = try TestBank()
        let old = Subscriber(id: try SubscriberID(name))
        try await bank.store.write { (transaction) throws(StoreError) in try transaction.insert(old) }
        let found = try await bank.store.read { (reader) throws(StoreError) in try reader.subscriber(old.id) }
        #expect(found?.id.rawValue == name)
    }
}
