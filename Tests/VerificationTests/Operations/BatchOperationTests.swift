import DeviceProtocol
import Foundation
import ScanChallenge
import Testing
import Verification

/// Batches, activations, and signatures of several, from the bank's wish to its evidence.
struct BatchOperationTests {
    private func batch(_ count: Int, payee: String = "Anna Muster", trusted: Bool = false) throws -> Challenge.Content {
        let amount = try Amount(minorUnits: 1250, currency: Currency("EUR"))
        let transfers = try (1...count).map {
            try Batch.Transfer(iban: IBAN("LU280019400644750000"), payee: "\(payee) \($0)", amount: amount)
        }
        return .batch(try Batch(transfers, payeesAreTrusted: trusted))
    }

    @Test func `batches and an activation are sealed, answered and shown in the evidence`() async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        let contents = [
            try batch(1), try batch(4), try batch(40, trusted: true), .activation(try Activation(product: "Mobile", device: "M-1")),
        ]
        for content in contents {
            let operation = try await bank.begin(content, with: scan.id)
            let presentation = try await bank.operations.presentation(of: operation.id)
            #expect(try scan.open(presentation).challenge.content == content)
            guard case .succeeded(let evidence) = try await bank.operations.submit(scan.respond(to: presentation), to: operation.id) else {
                Issue.record("not accepted")
                return
            }
            #expect(evidence.shown == operation.challenge.summary)
        }
    }

    @Test func `a card signs a batch with the key for approvals`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        let operation = try await bank.begin(batch(2), with: card.id)
        guard case .plain(operation.challenge) = try await bank.operations.presentation(of: operation.id) else {
            Issue.record("not plain")
            return
        }
        guard case .succeeded = try await bank.operations.submit(card.respond(to: operation.challenge), to: operation.id) else {
            Issue.record("not accepted")
            return
        }
    }

    @Test func `a batch that no QR code holds is refused with its size, and costs no place in the order`() async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        let operation = try await bank.begin(batch(4, payee: String(repeating: "x", count: 100)), with: scan.id)
        await #expect {
            _ = try await bank.operations.presentation(of: operation.id)
        } throws: { error in
            guard case VerificationError.scan(.tooLarge(let characters, limit: 600)) = error else { return false }
            return characters > 600 && "\(error)".contains(String(characters))
        }
        #expect(try await bank.enrolment(of: scan.id).sealing?.next == ScanSequence(epoch: 1, counter: 1))
        let smaller = try await bank.begin(batch(4), with: scan.id)
        guard case .sealed = try await bank.operations.presentation(of: smaller.id) else {
            Issue.record("not sealed")
            return
        }
    }

    @Test func `what somebody signs as is part of the request, and of what is answered`() async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        let first = try SignerRole(rule: "R-7", role: "Director", number: 1, of: 2)
        let second = try SignerRole(rule: "R-7", role: "Director", number: 2, of: 2)
        func begin(_ role: SignerRole?, key: String) async throws(VerificationError) -> Verification.Operation {
            let content: Challenge.Content
            do { content = try .payment() } catch { throw .invalidIdempotencyKey }
            return try await bank.operations.begin(content, for: bank.alice, with: scan.id, idempotencyKey: key, role: role)
        }
        let operation = try await begin(first, key: "a")
        #expect(operation.challenge.role == first)
        #expect(try await begin(first, key: "a").id == operation.id)
        for other in [second, nil] {
            await #expect(throws: VerificationError.idempotencyConflict("a")) { _ = try await begin(other, key: "a") }
        }
        // The code for signature 1 is not the code for signature 2.
        let another = try await begin(second, key: "b")
        let response = try await scan.respond(to: bank.operations.presentation(of: operation.id))
        _ = try await bank.operations.presentation(of: another.id)
        guard case .refused = try await bank.operations.submit(response, to: another.id) else {
            Issue.record("accepted for another role")
            return
        }
    }

    @Test func `a login in a role is no request`() async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        let role = try SignerRole(rule: "R-7", role: "Director", number: 1, of: 2)
        let login = try Challenge.Content.login()
        await #expect(throws: VerificationError.content(.invalidRole("a login is signed by one person"))) {
            _ = try await bank.operations.begin(login, for: bank.alice, with: scan.id, idempotencyKey: "a", role: role)
        }
    }
}
