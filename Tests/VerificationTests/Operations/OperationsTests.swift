import DeviceProtocol
import Foundation
import SQLiteStore
import Testing
import Verification

struct OperationsTests {
    @Test func `the same request with the same key is the same operation`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        func begin(_ content: Challenge.Content, timeToLive: Int = 120) async throws -> Verification.Operation {
            try await bank.operations.begin(
                content, for: bank.alice, with: token.id, idempotencyKey: "request 1", timeToLive: timeToLive)
        }
        let first = try await begin(.payment())
        bank.clock.advance(by: 10)
        #expect(try await begin(.payment()) == first)
        #expect(try await bank.operations.all(of: bank.alice) == [first])
        let conflict = VerificationError.idempotencyConflict("request 1")
        await #expect(throws: conflict) { try await begin(.payment(cents: 1251)) }
        await #expect(throws: conflict) { try await begin(.payment(payee: "Anna Mustex")) }
        await #expect(throws: conflict) { try await begin(.login()) }
        await #expect(throws: conflict) { try await begin(.payment(), timeToLive: 121) }
    }

    @Test func `the same key with another device is a conflict, and of another subscriber is not`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let other = try await bank.enrolToken("T-2")
        let bob = try SubscriberID("bob")
        let content = try Challenge.Content.login()
        _ = try await bank.operations.begin(content, for: bank.alice, with: token.id, idempotencyKey: "one")
        await #expect(throws: VerificationError.idempotencyConflict("one")) {
            try await bank.operations.begin(content, for: bank.alice, with: other.id, idempotencyKey: "one")
        }
        await #expect(throws: VerificationError.noSuchDevice(token.id)) {
            try await bank.operations.begin(content, for: bob, with: token.id, idempotencyKey: "one")
        }
    }

    @Test func `a repeated request finds the outcome of the first`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let content = try Challenge.Content.login()
        let first = try await bank.operations.begin(content, for: bank.alice, with: token.id, idempotencyKey: "one")
        let outcome = try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: first.id)
        try await bank.enrolments.suspend(token.id)
        let again = try await bank.operations.begin(content, for: bank.alice, with: token.id, idempotencyKey: "one")
        #expect(again.id == first.id)
        #expect(again.outcome == outcome)
    }

    @Test func `an idempotency key has 1 to 255 bytes`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        for (key, isValid) in [
            ("", false), ("k", true), (String(repeating: "k", count: 255), true), (String(repeating: "é", count: 128), false),
        ] {
            let begin = { try await bank.operations.begin(.login(), for: bank.alice, with: token.id, idempotencyKey: key) }
            if isValid {
                _ = try await begin()
            } else {
                await #expect(throws: VerificationError.invalidIdempotencyKey) { try await begin() }
            }
        }
    }

    @Test func `somebody else's device, or none, begins nothing`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let missing = try DeviceID("T-9")
        await #expect(throws: VerificationError.noSuchDevice(missing)) { try await bank.begin(.login(), with: missing) }
        let mallory = try SubscriberID("mallory")
        await #expect(throws: VerificationError.noSuchDevice(token.id)) {
            try await bank.operations.begin(.login(), for: mallory, with: token.id, idempotencyKey: "one")
        }
        #expect(try await bank.operations.all(of: mallory).isEmpty)
    }

    @Test(arguments: [-1, 0, 86_401, Int.max, .min])
    func `a lifetime that no challenge has begins nothing`(_ seconds: Int) async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        await #expect(throws: VerificationError.content(.invalidLifetime(seconds))) {
            try await bank.begin(.login(), with: token.id, timeToLive: seconds)
        }
        #expect(try await bank.operations.all(of: bank.alice).isEmpty)
    }

    @Test func `an unknown operation is named`() async throws {
        let bank = try TestBank()
        let id = try ChallengeID(Array(0..<16))
        let missing = VerificationError.noSuchOperation(id)
        await #expect(throws: missing) { try await bank.operations.operation(id) }
        await #expect(throws: missing) { try await bank.operations.presentation(of: id) }
        await #expect(throws: missing) { try await bank.operations.submit(.code("1"), to: id) }
        await #expect(throws: missing) { try await bank.operations.submit(.signature([1], certificates: []), to: id) }
        await #expect(throws: missing) { try await bank.operations.cancel(id) }
        await #expect(throws: missing) { try await bank.operations.claim(id) }
        await #expect(throws: missing) { try await bank.operations.report(DeviceError(.removed, "C"), for: id) }
        #expect(missing.description.contains("000102030405060708090a0b0c0d0e0f"))
    }

    @Test func `an operation has one outcome, and every later call says so`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let operation = try await bank.begin(.login(), with: token.id)
        #expect(try await bank.operations.cancel(operation.id).outcome == .cancelled(nil))
        let ended = VerificationError.ended(operation.id, "cancelled")
        let code = Response.code(try token.code(at: bank.clock.now))
        await #expect(throws: ended) { try await bank.operations.submit(code, to: operation.id) }
        await #expect(throws: ended) { try await bank.operations.cancel(operation.id) }
        await #expect(throws: ended) { try await bank.operations.claim(operation.id) }
        await #expect(throws: ended) { try await bank.operations.report(DeviceError(.removed, "T-1"), for: operation.id) }
        #expect(try await bank.operations.operation(operation.id).outcome == .cancelled(nil))
        // The code was not spent on an operation that was over.
        let next = try await bank.begin(.login(), with: token.id)
        #expect(try await bank.operations.submit(code, to: next.id).name == "succeeded")
    }

    @Test func `an operation is claimed once, and cannot be cancelled from then on`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        let operation = try await bank.begin(.payment(), with: card.id)
        #expect(operation.state == .pending)
        try await bank.operations.claim(operation.id)
        #expect(try await bank.operations.operation(operation.id).state == .working)
        await #expect(throws: VerificationError.working(operation.id)) { try await bank.operations.claim(operation.id) }
        await #expect(throws: VerificationError.working(operation.id)) { try await bank.operations.cancel(operation.id) }
        #expect(try await bank.operations.submit(card.respond(to: operation.challenge), to: operation.id).name == "succeeded")
    }

    @Test func `16 who claim at once: one gets it`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        let operation = try await bank.begin(.payment(), with: card.id)
        let won = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 { group.addTask { (try? await bank.operations.claim(operation.id)) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(won == 1)
    }

    @Test func `time ends a pending operation as expired and a working one as indeterminate`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        let pending = try await bank.begin(.payment(), with: card.id, timeToLive: 60)
        let working = try await bank.begin(.payment(), with: card.id, timeToLive: 60)
        try await bank.operations.claim(working.id)
        bank.clock.advance(by: 59)
        #expect(try await bank.operations.all(of: bank.alice).map(\.state) == [.pending, .working])
        bank.clock.advance(by: 1)
        #expect(try await bank.operations.operation(pending.id).outcome == .expired)
        #expect(try await bank.operations.operation(working.id).outcome == .indeterminate)
    }

    @Test func `all of a page whose time is over end in one transaction`() async throws {
        let store = CountingStore(try SQLiteStore(inMemory: .test))
        let bank = try TestBank(store: store)
        let token = try await bank.enrolToken()
        var operations: [Verification.Operation] = []
        for seconds in [60, 60, 60, 600] { operations.append(try await bank.begin(.login(), with: token.id, timeToLive: seconds)) }
        #expect(try await bank.operations.settled(operations) == operations)
        bank.clock.advance(by: 60)
        let before = store.commits
        let settled = try await bank.operations.settled(operations)
        #expect(settled.map(\.id) == operations.map(\.id))
        #expect(settled.map(\.outcome) == [.expired, .expired, .expired, nil])
        #expect(store.commits == before + 1)
        #expect(try await bank.operations.operation(operations[1].id).outcome == .expired)
    }

    @Test func `an outcome that was told stays, even when the clock is set back`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let operation = try await bank.begin(.login(), with: token.id, timeToLive: 60)
        bank.clock.advance(by: 60)
        #expect(try await bank.operations.all(of: bank.alice).map(\.outcome) == [.expired])
        bank.clock.advance(by: -60)
        #expect(try await bank.operations.operation(operation.id).outcome == .expired)
        await #expect(throws: VerificationError.ended(operation.id, "expired")) {
            try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: operation.id)
        }
    }

    @Test(arguments: [false, true])
    func `a late answer of a working device is indeterminate, whether somebody looked before or not`(_ isPolled: Bool) async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        let operation = try await bank.begin(.payment(), with: card.id, timeToLive: 60)
        try await bank.operations.claim(operation.id)
        bank.clock.advance(by: 60)
        let answer = try card.respond(to: operation.challenge)
        if isPolled {
            #expect(try await bank.operations.operation(operation.id).outcome == .indeterminate)
            await #expect(throws: VerificationError.ended(operation.id, "indeterminate")) {
                try await bank.operations.submit(answer, to: operation.id)
            }
        } else {
            #expect(try await bank.operations.submit(answer, to: operation.id) == .indeterminate)
        }
        #expect(try await bank.operations.operation(operation.id).outcome == .indeterminate)
        #expect(try await bank.enrolment(of: card.id).failures == 0)
    }

    @Test func `an expired operation can be neither claimed nor presented`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        let first = try await bank.begin(.payment(), with: card.id)
        let second = try await bank.begin(.payment(), with: card.id)
        bank.clock.advance(by: 120)
        await #expect(throws: VerificationError.ended(first.id, "expired")) { try await bank.operations.claim(first.id) }
        await #expect(throws: VerificationError.ended(second.id, "expired")) { try await bank.operations.presentation(of: second.id) }
        #expect(try await bank.operations.operation(first.id).outcome == .expired)
    }

    @Test func `what a device reports is the outcome`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        for code in [DeviceError.Code.declined, .timedOut, .indeterminate, .removed, .blocked] {
            let failure = DeviceFailure(DeviceError(code, "C-1"))
            let outcome: Outcome =
                switch code {
                case .declined, .timedOut: .cancelled(failure)
                case .indeterminate: .indeterminate
                default: .failed(failure)
                }
            let operation = try await bank.begin(.payment(), with: card.id)
            try await bank.operations.claim(operation.id)
            #expect(try await bank.operations.report(DeviceError(code, "C-1"), for: operation.id).outcome == outcome)
            #expect(try await bank.operations.operation(operation.id).outcome == outcome)
        }
    }

    @Test func `a device that was never started cannot have signed`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        let operation = try await bank.begin(.payment(), with: card.id)
        await #expect(throws: VerificationError.notWorking(operation.id)) {
            try await bank.operations.report(DeviceError(.indeterminate, "C-1"), for: operation.id)
        }
        #expect(try await bank.operations.report(DeviceError(.cardMissing, "C-1"), for: operation.id).outcome?.name == "failed")
    }

    @Test func `the list shows a subscriber's operations in their order, and nobody else's`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        var begun: [ChallengeID] = []
        for cents in 1...20 as ClosedRange<Int64> { begun.append(try await bank.begin(.payment(cents: cents), with: token.id).id) }
        #expect(try await bank.operations.all(of: bank.alice).map(\.id) == begun)
        #expect(try await bank.operations.all(of: SubscriberID("bob")).isEmpty)
    }

    @Test func `every challenge has an id of its own, the origin of the bank and whole seconds`() async throws {
        let bank = try TestBank(clock: TestClock(TestBank.start.addingTimeInterval(0.75)))
        let token = try await bank.enrolToken()
        var ids: Set<ChallengeID> = []
        for _ in 0..<50 {
            let challenge = try await bank.begin(.login(), with: token.id).challenge
            ids.insert(challenge.id)
            #expect(challenge.origin.value == "bank.example")
            #expect(challenge.issuedAt == TestBank.start)
            #expect(challenge.expiresAt == TestBank.start.addingTimeInterval(120))
        }
        #expect(ids.count == 50)
    }

    @Test func `an origin that no challenge can carry begins nothing`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let wrong = try Operations(store: bank.store, origin: "", policy: bank.policy, now: { bank.clock.now })
        await #expect(throws: VerificationError.content(.empty(field: "origin"))) {
            try await wrong.begin(.login(), for: bank.alice, with: token.id, idempotencyKey: "one")
        }
    }

    @Test func `a product that the policy no longer knows is named, and nothing is counted`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let operation = try await bank.begin(.login(), with: token.id)
        let without = try TestBank(store: bank.store, clock: bank.clock, seed: 2) { $0.products = [.scan] }
        await #expect(throws: VerificationError.unknownProduct(.token)) {
            try await without.operations.submit(.code("000000"), to: operation.id)
        }
        await #expect(throws: VerificationError.unknownProduct(.token)) { try await without.operations.presentation(of: operation.id) }
        await #expect(throws: VerificationError.unknownProduct(.token)) { try await without.begin(.login(), with: token.id) }
        #expect(try await bank.operations.operation(operation.id).state == .pending)
        #expect(try await bank.enrolment(of: token.id).failures == 0)
    }
}
