import CryptoExtras
import DeviceProtocol
import Foundation
import SQLiteStore
import TestSupport
import Testing
import Verification

struct CardOperationTests {
    @Test(arguments: TestKey.Kind.allCases, [ProductProfile.ID.smartcard, .stick])
    func `a login and a payment are signed and accepted, bound to the content`(
        _ kind: TestKey.Kind, _ product: ProductProfile.ID
    ) async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard(as: product, key: kind)
        for content in [try Challenge.Content.login(), try .payment(), try .beneficiary()] {
            let operation = try await bank.begin(content, with: card.id)
            guard case .plain(let challenge) = try await bank.operations.presentation(of: operation.id) else {
                Issue.record("a card is shown the challenge itself")
                return
            }
            #expect(challenge == operation.challenge)
            try await bank.operations.claim(operation.id)
            let response = try card.respond(to: challenge)
            guard case .succeeded(let evidence) = try await bank.operations.submit(response, to: operation.id),
                case .signature(let signature, _) = response
            else {
                Issue.record("refused")
                return
            }
            #expect(evidence.binding == .content)
            #expect(evidence.kind.rawValue == product.rawValue)
            #expect(evidence.answer == Data(signature).base64EncodedString())
        }
    }

    @Test func `the authentication key answers logins only, the signature key approvals only`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        for (content, role) in [
            (try Challenge.Content.login(), KeyRole.signature), (try .payment(), .authentication), (try .beneficiary(), .authentication),
        ] {
            let operation = try await bank.begin(content, with: card.id)
            #expect(try await bank.operations.submit(card.sign(operation.challenge, as: role), to: operation.id) == .refused)
        }
    }

    @Test func `the certificate of the right role does not help a signature by the other key`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        let operation = try await bank.begin(.payment(), with: card.id)
        let bytes = operation.challenge.coveredBytes(as: .card, by: card.id)
        let crossed = Response.signature(try card.authentication.sign(bytes), certificates: [card.certificates.signature])
        #expect(try await bank.operations.submit(crossed, to: operation.id) == .refused)
    }

    @Test func `any change to the content after signing is refused`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        let times = bank.clock.now
        var generator = SeededGenerator(seed: 7)
        for round in 0..<40 {
            if round.isMultiple(of: 4) { try await bank.enrolments.resume(card.id) }
            let cents = Int64.random(in: 1...Amount.maximum, using: &generator)
            let operation = try await bank.begin(.payment(cents: cents, payee: "Payee \(round)"), with: card.id)
            let truth = operation.challenge
            let others: [Challenge] = [
                try Challenge(
                    id: truth.id, origin: "bank.example", issuedAt: times,
                    content: .payment(cents: cents == 1 ? 2 : cents - 1, payee: "Payee \(round)")),
                try Challenge(
                    id: truth.id, origin: "bank.example", issuedAt: times, content: .payment(cents: cents, payee: "Payee \(round + 1)")),
                try Challenge(id: truth.id, origin: "bank.examp1e", issuedAt: times, content: truth.content),
                try Challenge(id: truth.id, origin: "bank.example", issuedAt: times.addingTimeInterval(1), content: truth.content),
                try Challenge(id: truth.id, origin: "bank.example", issuedAt: times, timeToLive: 121, content: truth.content),
                try Challenge(id: ChallengeID(using: &generator), origin: "bank.example", issuedAt: times, content: truth.content),
                try Challenge(id: truth.id, origin: "bank.example", issuedAt: times, content: .beneficiary()),
            ]
            let signed = others[round % others.count]
            #expect(try await bank.operations.submit(card.sign(signed, as: .signature), to: operation.id) == .refused)
        }
        let same = try await bank.begin(.payment(), with: card.id)
        let copy = try Challenge(id: same.id, origin: "bank.example", issuedAt: times, content: .payment())
        #expect(try await bank.operations.submit(card.sign(copy, as: .signature), to: same.id).name == "succeeded")
    }

    @Test func `bytes signed for another device or another kind of answer are refused`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        let other = try DeviceID(String(card.id.rawValue.reversed()))
        for (kind, device) in [(AnswerKind.card, other), (.scan, card.id), (.mobile, card.id)] {
            let operation = try await bank.begin(.payment(), with: card.id)
            let bytes = operation.challenge.coveredBytes(as: kind, by: device)
            let response = Response.signature(try card.signature.sign(bytes), certificates: [card.certificates.signature])
            #expect(try await bank.operations.submit(response, to: operation.id) == .refused)
        }
    }

    @Test func `another subscriber's card is refused, although its chain is good`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        let other = try await bank.enrolCard()
        let operation = try await bank.begin(.payment(), with: card.id)
        let bytes = operation.challenge.coveredBytes(as: .card, by: card.id)
        let response = Response.signature(try other.signature.sign(bytes), certificates: [other.certificates.signature])
        #expect(try await bank.operations.submit(response, to: operation.id) == .refused)
    }

    @Test func `a certificate that expired since the enrolment is refused`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        bank.clock.advance(by: TestAuthority.year + 1)
        let operation = try await bank.begin(.login(), with: card.id)
        #expect(try await bank.operations.submit(card.respond(to: operation.challenge), to: operation.id) == .refused)
    }

    @Test func `a root that is trusted no more takes its cards along`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        let stricter = try TestBank(store: bank.store, clock: bank.clock, seed: 2) { $0.anchors = TrustAnchors() }
        let operation = try await stricter.begin(.login(), with: card.id)
        #expect(try await stricter.operations.submit(card.respond(to: operation.challenge), to: operation.id) == .refused)
    }

    @Test func `a code is no answer of a card`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        let operation = try await bank.begin(.login(), with: card.id)
        await #expect(throws: VerificationError.otherAnswerWanted(card.id, "a signature and its certificates")) {
            try await bank.operations.submit(.code("123456"), to: operation.id)
        }
    }

    @Test func `a signature that was accepted is accepted for nothing else`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        let first = try await bank.begin(.payment(), with: card.id)
        let second = try await bank.begin(.payment(), with: card.id)
        let response = try card.respond(to: first.challenge)
        #expect(try await bank.operations.submit(response, to: first.id).name == "succeeded")
        #expect(try await bank.operations.submit(response, to: second.id) == .refused)
        await #expect(throws: VerificationError.ended(first.id, "succeeded")) {
            try await bank.operations.submit(response, to: first.id)
        }
    }

    @Test func `a signature is refused when the certificates change between its check and its acceptance`() async throws {
        let store = InterruptedStore(try SQLiteStore(inMemory: .test))
        let bank = try TestBank(store: store)
        let card = try await bank.enrolCard()
        let renewed = try TestCard(id: card.id, authority: TestBank.root.get())
        let operation = try await bank.begin(.payment(), with: card.id)
        store.interrupt { (transaction) throws(StoreError) in
            guard let old = try transaction.enrolment(of: card.id) else { throw .damaged("it is gone") }
            try transaction.update(
                Enrolment(
                    id: old.id, subscriber: old.subscriber, device: old.device, product: old.product, isEmulated: true,
                    credential: .certificates(renewed.certificates), version: old.version))
        }
        #expect(try await bank.operations.submit(card.respond(to: operation.challenge), to: operation.id) == .refused)
        let next = try await bank.begin(.payment(), with: card.id)
        #expect(try await bank.operations.submit(renewed.respond(to: next.challenge), to: next.id).name == "succeeded")
    }

    @Test func `a signature is refused when the device is suspended between its check and its acceptance`() async throws {
        let store = InterruptedStore(try SQLiteStore(inMemory: .test))
        let bank = try TestBank(store: store)
        let card = try await bank.enrolCard()
        let operation = try await bank.begin(.payment(), with: card.id)
        store.interrupt { (transaction) throws(StoreError) in
            guard let old = try transaction.enrolment(of: card.id) else { throw .damaged("it is gone") }
            try transaction.update(
                Enrolment(
                    id: old.id, subscriber: old.subscriber, device: old.device, product: old.product, isEmulated: true,
                    state: .suspended, credential: old.credential, version: old.version))
        }
        #expect(try await bank.operations.submit(card.respond(to: operation.challenge), to: operation.id) == .refused)
        #expect(try await bank.enrolment(of: card.id).failures == 0)
    }

    @Test func `a signature is late when its operation is cancelled between its check and its acceptance`() async throws {
        let store = InterruptedStore(try SQLiteStore(inMemory: .test))
        let bank = try TestBank(store: store)
        let card = try await bank.enrolCard()
        let operation = try await bank.begin(.payment(), with: card.id)
        store.interrupt { (transaction) throws(StoreError) in
            try transaction.update(
                Verification.Operation(
                    challenge: operation.challenge, subscriber: operation.subscriber, device: operation.device,
                    enrolment: operation.enrolment, idempotencyKey: operation.idempotencyKey, state: .ended(.cancelled(nil))))
        }
        await #expect(throws: VerificationError.ended(operation.id, "cancelled")) {
            try await bank.operations.submit(card.respond(to: operation.challenge), to: operation.id)
        }
    }
}
