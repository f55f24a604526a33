import DeviceProtocol
import Foundation
import SQLiteStore
import TestSupport
import Testing
import Verification

/// Many submissions at the same moment: a code is accepted once (RTS, Article 4(1)).
struct AcceptedOnceTests {
    /// Sends all answers at once, and counts the names of what came back.
    private func race(_ bank: TestBank, _ answers: [(Response, ChallengeID)]) async -> [String: Int] {
        await withTaskGroup(of: String.self) { group in
            for (response, id) in answers {
                group.addTask {
                    do throws(VerificationError) {
                        return try await bank.operations.submit(response, to: id).name
                    } catch {
                        if case .ended = error { return "ended" }
                        return "\(error)"
                    }
                }
            }
            return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
    }

    @Test func `64 submissions of one valid code to one operation: one is accepted`() async throws {
        let bank = try TestBank(store: SQLiteStore(at: TemporaryFolder().path("store"), mark: .test))
        let token = try await bank.enrolToken()
        for _ in Proof.cases(0..<1000, sample: 50) {
            bank.clock.advance(by: 60)
            let operation = try await bank.begin(.login(), with: token.id)
            let code = Response.code(try token.code(at: bank.clock.now))
            let names = await race(bank, Array(repeating: (code, operation.id), count: 64))
            #expect(names == ["succeeded": 1, "ended": 63])
        }
    }

    @Test func `64 operations that get one valid code at once: one is accepted`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        for _ in Proof.cases(0..<1000, sample: 50) {
            bank.clock.advance(by: 60)
            let code = Response.code(try token.code(at: bank.clock.now))
            var answers: [(Response, ChallengeID)] = []
            for _ in 0..<64 { answers.append((code, try await bank.begin(.login(), with: token.id).id)) }
            let names = await race(bank, answers)
            #expect(names == ["succeeded": 1, "refused": 63])
            // The copies were wrong answers, and there were more than five.
            #expect(try await bank.enrolment(of: token.id).state == .blocked)
            try await bank.enrolments.resume(token.id)
        }
    }

    @Test func `64 submissions of one valid Scan code: one is accepted`() async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        let operation = try await bank.begin(.payment(), with: scan.id)
        let response = try scan.respond(to: try await bank.operations.presentation(of: operation.id))
        #expect(await race(bank, Array(repeating: (response, operation.id), count: 64)) == ["succeeded": 1, "ended": 63])
    }

    @Test func `16 submissions of one signature: one is accepted`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        let operation = try await bank.begin(.payment(), with: card.id)
        let response = try card.respond(to: operation.challenge)
        #expect(await race(bank, Array(repeating: (response, operation.id), count: 16)) == ["succeeded": 1, "ended": 15])
    }

    @Test func `two programs on one file accept one code once`() async throws {
        let folder = try TemporaryFolder()
        let first = try TestBank(store: SQLiteStore(at: folder.path("store"), mark: .test))
        let second = try TestBank(store: SQLiteStore(at: folder.path("store"), mark: .test), clock: first.clock, issuer: first.issuer)
        let token = try await first.enrolToken()
        for _ in 0..<10 {
            first.clock.advance(by: 60)
            let operation = try await first.begin(.login(), with: token.id)
            let code = Response.code(try token.code(at: first.clock.now))
            async let left = race(first, Array(repeating: (code, operation.id), count: 16))
            async let right = race(second, Array(repeating: (code, operation.id), count: 16))
            let names = await [left, right].reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
            #expect(names == ["succeeded": 1, "ended": 31])
        }
    }

    @Test func `wrong answers that come at once are all counted, up to the block`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let wrong = Response.code(try token.wrongCode(at: bank.clock.now))
        var answers: [(Response, ChallengeID)] = []
        for _ in 0..<16 { answers.append((wrong, try await bank.begin(.login(), with: token.id).id)) }
        #expect(await race(bank, answers) == ["refused": 16])
        let enrolment = try await bank.enrolment(of: token.id)
        #expect(enrolment.state == .blocked)
        #expect(enrolment.failures == 5)
    }

    @Test func `the same request sent 16 times at once is one operation`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let content = try Challenge.Content.login()
        let ids = try await withThrowingTaskGroup(of: ChallengeID.self) { group in
            for _ in 0..<16 {
                group.addTask { try await bank.operations.begin(content, for: bank.alice, with: token.id, idempotencyKey: "one").id }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
        #expect(try await bank.operations.all(of: bank.alice).map(\.id) == Array(ids))
    }
}
