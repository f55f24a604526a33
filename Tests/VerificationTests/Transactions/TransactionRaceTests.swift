import DeviceProtocol
import Foundation
import SQLiteStore
import TestSupport
import Testing

@testable import Verification

/// Random rules, random orders, and many people at the same moment.
struct TransactionRaceTests {
    private func names(_ count: Int) -> [String] { (0..<count).map { "p\($0)" } }

    @Test func `64 people who sign at the same moment all count, once each, and the last one submits`() async throws {
        let folder = try TemporaryFolder()
        let firm = try await TestFirm(names(64), store: SQLiteStore(at: folder.path("store"), mark: .test)) {
            [try TestFirm.rule(64, of: $0)]
        }
        let payment = try await firm.propose()
        var answers: [(Response, ChallengeID)] = []
        for person in firm.people {
            let operation = try await firm.begin(payment.id, person)
            answers.append((try await firm.answer(operation), operation.id))
        }
        // Each answer twice: a person counts once.
        let outcomes = await withTaskGroup(of: String.self) { group in
            for (answer, id) in answers + answers {
                group.addTask {
                    do throws(VerificationError) { return try await firm.bank.operations.submit(answer, to: id).name } catch {
                        if case .ended = error { return "ended" }
                        return "\(error)"
                    }
                }
            }
            return await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(outcomes == ["succeeded": 64, "ended": 64])
        let signed = try await firm.transactions.transaction(payment.id)
        #expect(signed.state.name == .submitted)
        #expect(signed.signatures.map(\.number) == Array(1...64))
        #expect(Set(signed.signatures.map(\.signer)) == Set(firm.people))
    }

    @Test func `64 people who want one of two places at the same moment: two get one`() async throws {
        let folder = try TemporaryFolder()
        let firm = try await TestFirm(names(64), store: SQLiteStore(at: folder.path("store"), mark: .test)) {
            [try TestFirm.rule(2, of: $0)]
        }
        for _ in Proof.cases(0..<50, sample: 3) {
            let payment = try await firm.propose()
            let numbers = await withTaskGroup(of: Int?.self) { group in
                for person in firm.people {
                    group.addTask { try? await firm.begin(payment.id, person).challenge.role?.number }
                }
                return await group.reduce(into: [Int]()) { if let number = $1 { $0.append(number) } }
            }
            #expect(numbers.sorted() == [1, 2])
        }
    }

    @Test func `an edit and the last signature at the same moment: one of them wins, never both`() async throws {
        let folder = try TemporaryFolder()
        let firm = try await TestFirm(store: SQLiteStore(at: folder.path("store"), mark: .test))
        for round in Proof.cases(0..<200, sample: 10) {
            let payment = try await firm.propose()
            try await firm.sign(payment.id, firm.people[1])
            let operation = try await firm.begin(payment.id, firm.people[0])
            let answer = try await firm.answer(operation)
            async let signature = try? firm.bank.operations.submit(answer, to: operation.id).name
            async let edit = try? firm.transactions.edit(payment.id, to: .payment(cents: 1), by: firm.people[1], idempotencyKey: "\(round)")
            let (signed, edited) = await (signature, edit)
            switch try await firm.state(payment.id) {
            case .submitted:
                #expect(signed == "succeeded")
                #expect(edited == nil)
            case .replaced(let successor):
                #expect(signed == nil)
                #expect(edited?.id == successor)
                #expect(edited?.places.isEmpty == true)
            case let other: Issue.record("\(other)")
            }
        }
    }

    private enum Step: CaseIterable { case begin, answer, wrong, wait, again }

    @Test(arguments: Proof.cases(0..<200 as Range<UInt64>, sample: 25))
    func `random people in a random order: it is submitted when the rule is met, and not before`(_ seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...6, using: &generator)
        let people = try names(count).map { try SubscriberID($0) }
        let rule = try TestPeople.randomRule(of: people, using: &generator)
        let firm = try await TestFirm(names(count)) { _ in [rule] }
        let payment = try await firm.propose()
        var signed: Set<SubscriberID> = []
        var waiting: [SubscriberID: Verification.Operation] = [:]
        for _ in 0..<30 where !rule.isMet(by: signed) {
            let person = try #require(people.randomElement(using: &generator))
            switch Step.allCases.randomElement(using: &generator) ?? .wait {
            case .begin:
                if let operation = try? await firm.begin(payment.id, person) { waiting[person] = operation }
            case .answer:
                guard let operation = waiting.removeValue(forKey: person) else { continue }
                let answer = try? await firm.answer(operation)
                let outcome = try? await firm.bank.operations.submit(answer ?? .code(""), to: operation.id)
                if case .succeeded? = outcome { #expect(signed.insert(person).inserted, "one person counted twice") }
            case .wrong:
                guard let operation = waiting[person], try await firm.bank.enrolment(of: operation.device).failures < 4 else { continue }
                waiting[person] = nil
                _ = try? await firm.bank.operations.submit(.code("x"), to: operation.id)
            case .wait:
                firm.bank.clock.advance(by: 121)
                waiting = [:]
            case .again:
                guard signed.contains(person) else { continue }
                await #expect(throws: VerificationError.transaction(.signedAlready(person))) {
                    _ = try await firm.begin(payment.id, person)
                }
            }
            let stands = try await firm.transactions.transaction(payment.id)
            #expect(Set(stands.signatures.map(\.signer)) == signed)
            #expect((stands.state == .toBeSigned) == !rule.isMet(by: signed))
            #expect(Set(stands.places.map(\.number)).count == stands.places.count)
            #expect(stands.places.allSatisfy { (1...rule.signatures).contains($0.number) })
        }
        // Whatever happened, those who are awaited complete it.
        firm.bank.clock.advance(by: 121)
        for _ in 0..<rule.signatures {
            guard let next = try await firm.transactions.transaction(payment.id).awaited.randomElement(using: &generator) else { break }
            try await firm.sign(payment.id, next.subscriber)
        }
        let complete = try await firm.transactions.transaction(payment.id)
        #expect(complete.state.name == .submitted, "\(rule)")
        #expect(complete.signatures.count == rule.signatures)
        #expect(complete.signatures.map(\.number) == Array(1...rule.signatures))
    }
}
