import DeviceProtocol
import Foundation
import ScanChallenge
import Testing

@testable import Verification

/// An initial password is worth nothing once another was sent, or a password was set: also half-way through an activation.
struct DeadInitialPasswordTests {
    /// A phone of alice's that waits for its initial password.
    private func order(_ name: String, _ customers: TestCustomers) async throws -> EnrolmentID {
        let ordered = try await customers.activations.order(
            .mobile, for: customers.alice, activationCode: secret("4711A"), identification: .branch)
        let (id, activations) = (ordered.order.id, customers.activations)
        let phone = try TestScan(id: DeviceID(name), kind: .mobile, issuer: customers.bank.issuer.identity)
        try await activations.prove(.activationCode(secret("4711A")), for: id)
        try await activations.register(phone.id, for: id, with: .pairing(phone.record, phone.keys), isEmulated: true)
        try await activations.prove(.deviceName(name), for: id)
        if try await activations.state(of: id).next == .securityQuestions {
            let questions = [("First school?", "Brill"), ("First pet?", "Zoe"), ("Street?", "Alzette")]
            try await activations.prove(.securityQuestions(questions.map { (text: $0.0, answer: try secret($0.1)) }), for: id)
        }
        #expect(try await activations.state(of: id).next == .initialPassword)
        return id
    }

    private func customers() async throws -> TestCustomers {
        let customers = try TestCustomers()
        try await customers.subscribers.create(customers.alice)
        return customers
    }

    @Test func `who used a letter cannot replace the password that another order has set since`() async throws {
        let customers = try await customers()
        let (one, other) = (try await order("M-1", customers), try await order("M-2", customers))
        let prove = { (proof: Activations.Proof, id: EnrolmentID) in try await customers.activations.prove(proof, for: id) }
        let first = try await customers.subscribers.sendInitialPassword(to: customers.alice)
        #expect(try await prove(.initialPassword(first), one) == .newPassword)
        let second = try await customers.subscribers.sendInitialPassword(to: customers.alice)
        #expect(try await prove(.initialPassword(second), other) == .newPassword)
        #expect(try await prove(.newPassword(secret("N3u+Wort")), other) == .approval)
        let outOfTurn = SubscriberError.enrolment(.outOfTurn(expected: .approval, given: .newPassword))
        await #expect(throws: outOfTurn) { try await prove(.newPassword(secret("D1eb+Dieb")), one) }
        await #expect(throws: outOfTurn) { try await prove(.newPassword(secret("D1eb+Dieb")), other) }
        #expect(try await customers.subscribers.check(secret("N3u+Wort"), of: "alice").isRight)
    }

    @Test func `a letter that was sent again is asked for anew, and the dead one does not set the first password`() async throws {
        let customers = try await customers()
        let id = try await order("M-1", customers)
        let prove = { (proof: Activations.Proof) in try await customers.activations.prove(proof, for: id) }
        let first = try await customers.subscribers.sendInitialPassword(to: customers.alice)
        #expect(try await prove(.initialPassword(first)) == .newPassword)
        let second = try await customers.subscribers.sendInitialPassword(to: customers.alice)
        await #expect(throws: SubscriberError.enrolment(.outOfTurn(expected: .initialPassword, given: .newPassword))) {
            try await prove(.newPassword(secret("D1eb+Dieb")))
        }
        await #expect(throws: SubscriberError.enrolment(.wrongProof)) { try await prove(.initialPassword(first)) }
        #expect(try await prove(.initialPassword(second)) == .newPassword)
        #expect(try await prove(.newPassword(secret("N3u+Wort"))) == .approval)
    }

    @Test func `a password that was set by another device's approval is not replaced either`() async throws {
        let customers = try await customers()
        let id = try await order("M-1", customers)
        let first = try await customers.subscribers.sendInitialPassword(to: customers.alice)
        try await customers.activations.prove(.initialPassword(first), for: id)
        try await customers.setPassword("N3u+Wort")
        await #expect(throws: SubscriberError.enrolment(.outOfTurn(expected: .approval, given: .newPassword))) {
            try await customers.activations.prove(.newPassword(secret("D1eb+Dieb")), for: id)
        }
    }
}
