import Crypto
import DeviceProtocol
import Foundation
import SQLiteStore
import Testing
import Verification

struct TokenOperationTests {
    @Test func `a right code logs in, and the evidence says that only the record binds it`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let operation = try await bank.begin(.login(), with: token.id)
        let code = try token.code(at: bank.clock.now)
        let outcome = try await bank.operations.submit(.code(code), to: operation.id)
        guard case .succeeded(let evidence) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(evidence.binding == .operation)
        #expect(evidence.operation == operation.id.description)
        #expect(evidence.subscriber == "alice")
        #expect(evidence.device == token.id)
        #expect(evidence.kind == .token)
        #expect(evidence.isEmulated)
        #expect(evidence.acceptedAt == bank.clock.now)
        #expect(evidence.shown == operation.challenge.summary)
        let digest = SHA256.hash(data: operation.challenge.der).map { String(format: "%02x", $0) }.joined()
        #expect(evidence.challengeDigest == digest)
        #expect(!evidence.answer.isEmpty && !evidence.answer.contains(code))
        #expect(try await bank.operations.operation(operation.id).outcome == outcome)
    }

    @Test func `who ends an operation is told how it is stored`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        for code in [try token.code(at: bank.clock.now), "1"] {
            let operation = try await bank.begin(.login(), with: token.id)
            let (ended, outcome) = try await bank.operations.end(operation.id, with: .code(code))
            let stored = try await bank.operations.operation(operation.id)
            #expect(ended.outcome == outcome && stored.outcome == outcome)
            #expect(ended.change == stored.change && stored.change > operation.change)
        }
    }

    @Test func `the code itself is stored nowhere`() async throws {
        let folder = try TemporaryFolder()
        let bank = try TestBank(store: SQLiteStore(at: folder.path("store.sqlite"), mark: .test))
        let token = try await bank.enrolToken()
        let operation = try await bank.begin(.login(), with: token.id)
        let code = try token.code(at: bank.clock.now)
        #expect(try await bank.operations.submit(.code(code), to: operation.id).name == "succeeded")
        #expect(!"\(try await bank.operations.operation(operation.id))".contains(code))
        #expect(!"\(try await bank.enrolment(of: token.id))".contains(code))
        // Nothing is sealed there: the customer's name is found.
        #expect(try !folder.files(with: "alice").isEmpty)
        #expect(try folder.files(with: code).isEmpty)
    }

    @Test func `a Token is shown nothing`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let operation = try await bank.begin(.payment(), with: token.id)
        #expect(try await bank.operations.presentation(of: operation.id).form == .nothing)
    }

    @Test func `a payment with a Token is admitted by its legacy profile, and is bound by the record alone`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let operation = try await bank.begin(.payment(), with: token.id)
        let outcome = try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: operation.id)
        guard case .succeeded(let evidence) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(evidence.binding == .operation)
        #expect(evidence.shown.title == "Payment")
    }

    @Test func `a product that does not admit unbound approvals logs in and approves nothing`() async throws {
        let strict = ProductProfile(id: .token, kind: .token, method: ProductProfile.token.method)
        let bank = try TestBank { $0.products = [strict] }
        let token = try await bank.enrolToken()
        _ = try await bank.begin(.login(), with: token.id)
        for content in [try Challenge.Content.payment(), try .beneficiary()] {
            await #expect(throws: VerificationError.approvalNotAdmitted(.token)) { try await bank.begin(content, with: token.id) }
        }
        #expect(try await bank.operations.all(of: bank.alice).count == 1)
    }

    @Test func `a product stops working at its end of life, unless the policy excepts it`() async throws {
        let end = try #require(ProductProfile.token.endOfLife)
        #expect(end.formatted(.iso8601) == "2024-12-31T00:00:00Z")
        let clock = TestClock(end.addingTimeInterval(-1))
        let bank = try TestBank(clock: clock) {
            $0.admittedAfterEndOfLife = []
            $0.anchors = TrustAnchors()
        }
        let token = try await bank.enrolToken()
        _ = try await bank.begin(.login(), with: token.id)
        clock.advance(by: 1)
        await #expect(throws: VerificationError.productRetired(.token, since: end)) { try await bank.begin(.login(), with: token.id) }
        await #expect(throws: VerificationError.productRetired(.token, since: end)) { try await bank.enrolToken("T-2") }
        let excepting = try TestBank(store: bank.store, clock: clock, seed: 2) { $0.anchors = TrustAnchors() }
        _ = try await excepting.begin(.login(), with: token.id)
    }

    @Test func `one code answers one operation, and is refused for the next`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let first = try await bank.begin(.login(), with: token.id)
        let second = try await bank.begin(.payment(), with: token.id)
        let code = try token.code(at: bank.clock.now)
        #expect(try await bank.operations.submit(.code(code), to: first.id).name == "succeeded")
        #expect(try await bank.operations.submit(.code(code), to: second.id) == .refused)
    }

    @Test func `the drift of a clock is learnt by success alone`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        func submit(_ code: String) async throws -> Outcome {
            try await bank.operations.submit(.code(code), to: bank.begin(.login(), with: token.id).id)
        }
        #expect(try await submit(token.code(at: bank.clock.now.addingTimeInterval(180))) == .refused)
        #expect(try await submit(token.code(at: bank.clock.now.addingTimeInterval(30))).name == "succeeded")
        #expect(try await submit(token.code(at: bank.clock.now.addingTimeInterval(60))).name == "succeeded")
        #expect(try await bank.timedCode(of: token).drift == 2)
    }

    @Test func `a signature is no answer of a Token`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let card = try await bank.enrolCard()
        let operation = try await bank.begin(.login(), with: token.id)
        await #expect(throws: VerificationError.otherAnswerWanted(token.id, "a code")) {
            try await bank.operations.submit(card.respond(to: operation.challenge), to: operation.id)
        }
        #expect(try await bank.enrolment(of: token.id).failures == 0)
    }
}
