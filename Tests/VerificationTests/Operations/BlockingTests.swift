import DeviceProtocol
import Foundation
import Testing
import Verification

/// At most five consecutive failures, and one refusal for all reasons (RTS, Article 4(3)).
struct BlockingTests {
    private func fail(_ bank: TestBank, _ token: TestToken, times: Int) async throws {
        for _ in 0..<times {
            let operation = try await bank.begin(.login(), with: token.id)
            let wrong = try token.wrongCode(at: bank.clock.now)
            #expect(try await bank.operations.submit(.code(wrong), to: operation.id) == .refused)
        }
    }

    @Test func `the fifth consecutive wrong answer blocks the device`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        for count in 1...5 {
            #expect(try await bank.enrolment(of: token.id).state == .active)
            try await fail(bank, token, times: 1)
            #expect(try await bank.enrolment(of: token.id).failures == count)
        }
        #expect(try await bank.enrolment(of: token.id).state == .blocked)
    }

    @Test func `a right answer forgets four wrong ones`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        for _ in 0..<3 {
            try await fail(bank, token, times: 4)
            bank.clock.advance(by: 90)
            let operation = try await bank.begin(.login(), with: token.id)
            #expect(try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: operation.id).name == "succeeded")
            #expect(try await bank.enrolment(of: token.id).failures == 0)
        }
    }

    @Test func `no new operation, no time and no cancellation resets the count`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        try await fail(bank, token, times: 4)
        bank.clock.advance(by: 30 * 86_400)
        try await bank.operations.cancel(bank.begin(.login(), with: token.id).id)
        _ = try await bank.begin(.payment(), with: token.id)
        #expect(try await bank.enrolment(of: token.id).failures == 4)
        try await fail(bank, token, times: 1)
        #expect(try await bank.enrolment(of: token.id).state == .blocked)
    }

    @Test func `a blocked device's right code is refused like a wrong one, and no operation begins`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let waiting = try await bank.begin(.login(), with: token.id)
        try await fail(bank, token, times: 5)
        bank.clock.advance(by: 60)
        #expect(try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: waiting.id) == .refused)
        await #expect(throws: VerificationError.deviceNotActive(token.id, .blocked)) { try await bank.begin(.login(), with: token.id) }
    }

    @Test func `a suspended device's right code comes too late, and is not counted`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let waiting = try await bank.begin(.login(), with: token.id)
        try await bank.enrolments.suspend(token.id)
        await #expect(throws: VerificationError.ended(waiting.id, "cancelled")) {
            try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: waiting.id)
        }
        #expect(try await bank.enrolment(of: token.id).failures == 0)
        await #expect(throws: VerificationError.deviceNotActive(token.id, .suspended)) { try await bank.begin(.login(), with: token.id) }
    }

    @Test func `a blocked device is neither presented nor claimed, and its operation can be cancelled`() async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        let token = try await bank.enrolToken()
        let card = try await bank.enrolCard()
        for device in [scan.id, token.id, card.id] {
            let waiting = try await bank.begin(.login(), with: device)
            let wrong: Response = device == card.id ? .signature([1], certificates: []) : .code("")
            for _ in 0..<5 { _ = try await bank.operations.submit(wrong, to: bank.begin(.login(), with: device).id) }
            let refusal = VerificationError.deviceNotActive(device, .blocked)
            await #expect(throws: refusal) { try await bank.operations.presentation(of: waiting.id) }
            await #expect(throws: refusal) { try await bank.operations.claim(waiting.id) }
            let after = try await bank.operations.operation(waiting.id)
            #expect(after.state == .pending)
            #expect(after.sealed == nil)
            #expect(try await bank.operations.cancel(waiting.id).outcome == .cancelled(nil))
        }
    }

    @Test func `a sealed challenge is not shown again once its device is suspended, not even when it is resumed`() async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        let operation = try await bank.begin(.payment(), with: scan.id)
        _ = try scan.open(try await bank.operations.presentation(of: operation.id))
        try await bank.enrolments.suspend(scan.id)
        let over = VerificationError.ended(operation.id, "cancelled")
        await #expect(throws: over) { try await bank.operations.presentation(of: operation.id) }
        try await bank.enrolments.resume(scan.id)
        await #expect(throws: over) { try await bank.operations.presentation(of: operation.id) }
    }

    @Test func `what a device works on when it is suspended is indeterminate at once`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        let operation = try await bank.begin(.payment(), with: card.id)
        try await bank.operations.claim(operation.id)
        try await bank.enrolments.suspend(card.id)
        #expect(try await bank.operations.operation(operation.id).outcome == .indeterminate)
        await #expect(throws: VerificationError.ended(operation.id, "indeterminate")) {
            try await bank.operations.report(DeviceError(.declined, "card"), for: operation.id)
        }
    }

    @Test func `a device that is resumed starts from zero, and spent codes stay spent`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let code = try token.code(at: bank.clock.now)
        let first = try await bank.begin(.login(), with: token.id)
        #expect(try await bank.operations.submit(.code(code), to: first.id).name == "succeeded")
        try await fail(bank, token, times: 5)
        try await bank.enrolments.resume(token.id)
        #expect(try await bank.enrolment(of: token.id).failures == 0)
        let second = try await bank.begin(.login(), with: token.id)
        #expect(try await bank.operations.submit(.code(code), to: second.id) == .refused)
    }

    @Test func `a device that is resumed starts without the drift that it had`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        for steps in 1...4 {
            bank.clock.advance(by: 300)
            let operation = try await bank.begin(.login(), with: token.id)
            let late = try token.code(at: bank.clock.now.addingTimeInterval(-30 * Double(steps)))
            #expect(try await bank.operations.submit(.code(late), to: operation.id).name == "succeeded")
        }
        let before = try await bank.timedCode(of: token)
        try await bank.enrolments.resume(token.id)
        let after = try await bank.timedCode(of: token)
        #expect(before.drift == -4)
        #expect(after.drift == 0)
        #expect(after.lastStep == before.lastStep)
        #expect(after.key == before.key)
    }

    @Test func `a blocked device that is suspended stays so when the block's time is over`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        try await fail(bank, token, times: 5)
        try await bank.enrolments.suspend(token.id)
        bank.clock.advance(by: 86_400)
        await #expect(throws: VerificationError.deviceNotActive(token.id, .suspended)) { try await bank.begin(.login(), with: token.id) }
        #expect(try await bank.enrolment(of: token.id).failures == 5)
    }

    @Test func `one device's failures do not block another`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let scan = try await bank.enrolScan()
        try await fail(bank, token, times: 5)
        let operation = try await bank.begin(.login(), with: scan.id)
        let presentation = try await bank.operations.presentation(of: operation.id)
        #expect(try await bank.operations.submit(scan.respond(to: presentation), to: operation.id).name == "succeeded")
        #expect(try await bank.enrolment(of: token.id).state == .blocked)
    }

    @Test func `a wrong signature counts as a wrong code does`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        for count in 1...5 {
            let operation = try await bank.begin(.payment(), with: card.id)
            let wrong = try card.sign(operation.challenge, as: .authentication)
            #expect(try await bank.operations.submit(wrong, to: operation.id) == .refused)
            #expect(try await bank.enrolment(of: card.id).failures == count)
        }
        #expect(try await bank.enrolment(of: card.id).state == .blocked)
    }

    @Test func `a late answer, a cancellation and a device's failure are not wrong answers`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let late = try await bank.begin(.login(), with: token.id)
        bank.clock.advance(by: 120)
        #expect(try await bank.operations.submit(.code("000000"), to: late.id) == .expired)
        try await bank.operations.cancel(bank.begin(.login(), with: token.id).id)
        for code in [DeviceError.Code.declined, .removed, .wrongPIN] {
            try await bank.operations.report(DeviceError(code, "T-1"), for: bank.begin(.login(), with: token.id).id)
        }
        #expect(try await bank.enrolment(of: token.id).failures == 0)
    }

    @Test func `a profile may allow fewer failures`() async throws {
        let strict = ProductProfile(id: .token, kind: .token, method: ProductProfile.token.method, failureLimit: 2)
        let bank = try TestBank { $0.products = [strict] }
        let token = try await bank.enrolToken()
        try await fail(bank, token, times: 2)
        #expect(try await bank.enrolment(of: token.id).state == .blocked)
    }

    @Test func `the same refusal for every reason`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let scan = try await bank.enrolScan()
        let card = try await bank.enrolCard()
        let spent = try token.code(at: bank.clock.now)
        #expect(try await bank.operations.submit(.code(spent), to: bank.begin(.login(), with: token.id).id).name == "succeeded")

        var outcomes: Set<Outcome> = []
        func submit(_ response: Response, to device: DeviceID) async throws {
            outcomes.insert(try await bank.operations.submit(response, to: bank.begin(.login(), with: device).id))
        }
        try await submit(.code(token.wrongCode(at: bank.clock.now)), to: token.id)
        try await submit(.code(spent), to: token.id)
        try await submit(.code(""), to: token.id)
        try await submit(.code("00000000"), to: scan.id)
        try await submit(.signature([1], certificates: [[2]]), to: card.id)
        try await submit(.signature([1], certificates: [card.certificates.authentication]), to: card.id)
        #expect(outcomes == [.refused])
    }

    @Test func `an answer of another kind of device is not looked at, and counts nothing`() async throws {
        let bank = try TestBank()
        let (token, scan, card) = (try await bank.enrolToken(), try await bank.enrolScan(), try await bank.enrolCard())
        let misfits: [(DeviceID, Response)] = [
            (token.id, .signature([], certificates: [])), (token.id, .signedCode("123456", signature: [1])),
            (scan.id, .signedCode("12345678", signature: [1])), (card.id, .code("123456")), (card.id, .signedCode("1", signature: [1])),
        ]
        for (device, response) in misfits {
            let operation = try await bank.begin(.login(), with: device)
            do throws(VerificationError) {
                _ = try await bank.operations.submit(response, to: operation.id)
                Issue.record("judged")
            } catch {
                guard case .otherAnswerWanted(device, _) = error else {
                    Issue.record("\(error)")
                    continue
                }
            }
            #expect(try await bank.operations.operation(operation.id).state == .pending)
            #expect(try await bank.enrolment(of: device).failures == 0)
        }
    }

    @Test func `what a node has claimed takes no answer from another, and its own ends it`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        let operation = try await bank.operations.begin(
            .payment(), for: bank.alice, with: card.id, idempotencyKey: "one", attachment: Attachment(caller: "core", node: "n1", lease: 30)
        )
        try await bank.operations.claim(operation.id, by: Claim(node: "n1", seconds: 60))
        let right = try card.respond(to: operation.challenge)
        for node in [nil, "n2"] {
            await #expect(throws: VerificationError.working(operation.id)) {
                try await bank.operations.submit(right, to: operation.id, claimedBy: node)
            }
        }
        #expect(try await bank.operations.submit(right, to: operation.id, claimedBy: "n1").name == "succeeded")
    }
}
