import DeviceProtocol
import Foundation
import ScanChallenge
import Testing
import Verification

/// Which approvals count for the activation of a device.
struct ActivationApprovalTests {
    /// A device approves this, alone or as one of several who sign.
    private func approve(
        _ content: Challenge.Content, with device: TestScan, as role: SignerRole? = nil, _ customers: TestCustomers
    ) async throws -> ChallengeID {
        let operations = customers.bank.operations
        let operation = try await operations.begin(
            content, for: customers.alice, with: device.id, idempotencyKey: UUID().uuidString, role: role)
        #expect(operation.challenge.role == role)
        let response = try device.respond(to: try await operations.presentation(of: operation.id))
        #expect(try await operations.submit(response, to: operation.id).name == "succeeded")
        return operation.id
    }

    @Test func `one of several signatures activates nothing, by the device itself or by another one`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let phone = try await customers.enrolScan("M-1", as: .mobile)
        let scan = try TestScan(id: DeviceID("S-1"), kind: .scan, issuer: customers.bank.issuer.identity)
        let role = try SignerRole(rule: "R-7", role: "Accountant", number: 1, of: 2)
        let ordered = try await customers.activations.order(
            .scan, for: customers.alice, serial: scan.id, activationCode: secret("4711A"), identification: .branch)
        let id = ordered.order.id
        let prove = { (proof: Activations.Proof) in try await customers.activations.prove(proof, for: id) }

        let introduction = try await customers.activations.introduction(of: id)
        let introduced = try await approve(introduction, with: phone, as: role, customers)
        await #expect(throws: SubscriberError.enrolment(.notApproved)) { try await prove(.otherDevice(introduced)) }
        #expect(try await prove(.otherDevice(approve(introduction, with: phone, customers))) == .keys)

        try await customers.activations.register(scan.id, for: id, with: .pairing(scan.record, scan.keys), isEmulated: true)
        #expect(try await prove(.serialNumber("S-1")) == .approval)
        let asked = try await customers.activations.approval(of: id)
        let approved = try await approve(asked.content, with: scan, as: role, customers)
        await #expect(throws: SubscriberError.enrolment(.notApproved)) { try await prove(.approval(approved)) }
        #expect(try await customers.activations.state(of: id).next == .approval)
        #expect(try await prove(.approval(approve(asked.content, with: scan, customers))) == .securityQuestions)
    }
}
