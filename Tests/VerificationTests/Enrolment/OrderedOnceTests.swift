import DeviceProtocol
import Testing
import Verification

/// Orders that are asked for twice, because the first answer was lost.
struct OrderedOnceTests {
    private func order(
        _ customers: TestCustomers, _ product: ProductProfile.ID = .token, key: String, serial: String = "T-2",
        code: String? = "4711A", identification: Identification = .branch
    ) async throws -> (order: Order, challengeCode: HeldSecret?) {
        try await customers.activations.order(
            product, for: customers.alice, serial: DeviceID(serial), activationCode: code.map { try secret($0) },
            identification: identification, idempotencyKey: key)
    }

    private func customers() async throws -> TestCustomers {
        let customers = try TestCustomers()
        try await customers.subscribers.create(customers.alice)
        return customers
    }

    @Test func `the same key orders once, and the last letter's code is the one that counts`() async throws {
        let customers = try await customers()
        let card = try TestCard(authority: TestBank.root.get())
        let first = try await order(customers, .smartcard, key: "k", serial: card.id.rawValue, code: nil)
        customers.bank.clock.advance(by: 86_400)
        let again = try await order(customers, .smartcard, key: "k", serial: card.id.rawValue, code: nil)
        #expect(first.order.id == again.order.id && first.order.record.activateBefore == again.order.record.activateBefore)
        #expect(try await customers.activations.orders(of: customers.alice).count == 1)
        let (lost, found) = (try #require(first.challengeCode).reveal(), try #require(again.challengeCode).reveal())
        #expect(lost != found && found.count == 6)

        try await customers.activations.register(
            card.id, for: again.order.id, with: .certificates(card.certificates), isEmulated: true)
        await #expect(throws: SubscriberError.enrolment(.wrongProof)) {
            try await customers.activations.prove(.challengeCode(secret(lost)), for: again.order.id)
        }
        #expect(try await customers.activations.prove(.challengeCode(secret(found)), for: again.order.id) == .approval)
    }

    @Test(arguments: [ProductProfile.ID.smartcard, .stick])
    func `a card has no activation code, and an order of one with a code is refused`(product: ProductProfile.ID) async throws {
        let customers = try await customers()
        await #expect(throws: SubscriberError.enrolment(.unsuitableActivationCode)) { try await order(customers, product, key: "k") }
        #expect(try await customers.activations.orders(of: customers.alice).isEmpty)
        #expect(try await order(customers, product, key: "k", code: nil).order.product == product)
    }

    @Test func `another key, or another person, orders another device`() async throws {
        let customers = try await customers()
        let bob = try SubscriberID("bob")
        try await customers.subscribers.create(bob)
        let first = try await order(customers, key: "k")
        let other = try await order(customers, key: "l", serial: "T-3")
        let foreign = try await customers.activations.order(
            .token, for: bob, activationCode: secret("4711A"), identification: .branch, idempotencyKey: "k")
        #expect(Set([first.order.id, other.order.id, foreign.order.id]).count == 3)
        #expect(try await customers.activations.orders(of: customers.alice).count == 2)
    }

    @Test func `the same key for another wish is refused, and changes nothing`() async throws {
        let customers = try await customers()
        let first = try await order(customers, key: "k")
        let refusal = SubscriberError.verification(.idempotencyConflict("k"))
        await #expect(throws: refusal) { try await order(customers, key: "k", serial: "T-3") }
        await #expect(throws: refusal) { try await order(customers, key: "k", code: "4711B") }
        await #expect(throws: refusal) { try await order(customers, key: "k", identification: .video) }
        await #expect(throws: refusal) { try await order(customers, .scan, key: "k") }
        #expect(try await customers.activations.orders(of: customers.alice).map(\.record) == [first.order.record])
        for key in ["", String(repeating: "k", count: 256)] {
            await #expect(throws: SubscriberError.verification(.invalidIdempotencyKey)) { try await order(customers, key: key) }
        }
        await #expect(throws: SubscriberError.noSuchSubscriber(try SubscriberID("carol"))) {
            try await customers.activations.order(
                .token, for: SubscriberID("carol"), activationCode: secret("4711A"), identification: .branch, idempotencyKey: "k")
        }
    }

    @Test func `once a step was tried, or it is over, there is no other code`() async throws {
        let customers = try await customers()
        let first = try await order(customers, key: "k")
        await #expect(throws: SubscriberError.enrolment(.wrongProof)) {
            try await customers.activations.prove(.activationCode(secret("wrong")), for: first.order.id)
        }
        let tried = try await order(customers, key: "k")
        #expect(tried.order.id == first.order.id && tried.challengeCode == nil)
        let second = try await order(customers, key: "l")
        try await customers.activations.cancel(second.order.id)
        let cancelled = try await order(customers, key: "l")
        #expect(cancelled.order.record.state == .revoked && cancelled.challengeCode == nil)
    }

    @Test func `many at once are one order`() async throws {
        let customers = try await customers()
        let ids = try await withThrowingTaskGroup(of: EnrolmentID.self) { group in
            for _ in 0..<8 { group.addTask { try await order(customers, key: "k").order.id } }
            return try await group.reduce(into: Set<EnrolmentID>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
        #expect(try await customers.activations.orders(of: customers.alice).count == 1)
    }
}
