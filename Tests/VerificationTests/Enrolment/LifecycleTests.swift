import DeviceProtocol
import Foundation
import SQLiteStore
import TestSupport
import Testing
import Verification

/// One table says what leads where; all else is refused by name.
struct LifecycleTests {
    private typealias State = Enrolment.State
    private typealias Event = Lifecycle.Event

    @Test func `every pair of state and event has one row or none, and every row a name of its own`() {
        for state in State.allCases {
            for event in Event.allCases {
                let rows = Lifecycle.table.filter { $0.from == state && $0.event == event }
                #expect(rows.count <= 1)
                #expect(Lifecycle.transition(from: state, on: event) == rows.first)
            }
        }
        #expect(Set(Lifecycle.table.map(\.name)).count == Lifecycle.table.count)
    }

    @Test func `revoked, expired and replaced are final, and nothing else is`() {
        #expect(State.allCases.filter(\.isFinal) == [.revoked, .expired, .replaced])
    }

    @Test func `from the order every state can be reached, and nothing leads back to it`() {
        var reached: Set<State> = [.ordered]
        for _ in State.allCases { for row in Lifecycle.table where reached.contains(row.from) { reached.insert(row.to) } }
        #expect(reached == Set(State.allCases))
        #expect(!Lifecycle.table.contains { $0.to == .ordered })
        #expect(Set(Lifecycle.table.map(\.event)) == Set(Event.allCases), "an event that cannot happen")
    }

    @Test func `every life that is not over can be ended for good, by the bank and by time`() {
        for state in State.allCases where !state.isFinal {
            #expect(Lifecycle.transition(from: state, on: .revoke)?.to == .revoked)
            #expect(Lifecycle.transition(from: state, on: .expire)?.to == .expired)
        }
    }

    @Test func `only what is active or was can be replaced, and only activation makes an order active`() {
        let replaceable = State.allCases.filter { Lifecycle.transition(from: $0, on: .replace) != nil }
        #expect(replaceable == [.active, .suspended, .blocked])
        #expect(Event.allCases.filter { Lifecycle.transition(from: .ordered, on: $0)?.to == .active } == [.activate])
    }

    @Test func `the table in Docs is the table in the code`() throws {
        let file = Fixture.folder.deletingLastPathComponent().appending(path: "Docs/Enrolment.md")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
        let states = Set(State.allCases.map(\.rawValue))
        let rows = lines.map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
            .filter { $0.count == 4 && states.contains($0[0]) }
        #expect(rows == Lifecycle.table.map { [$0.from.rawValue, $0.event.rawValue, $0.to.rawValue, $0.name] })
        let steps = ProductProfile.all.map { "| \($0.id) | \($0.activation.map(\.rawValue).joined(separator: ", ")) |" }
        for step in steps { #expect(lines.contains(step), "\(step)") }
    }

    /// What the calls of ``Enrolments`` do to an enrolment, by the event of each.
    private static let calls: [(Event, @Sendable (Enrolments, DeviceID) async throws(VerificationError) -> Void)] = [
        (.suspend, { enrolments, device throws(VerificationError) in try await enrolments.suspend(device, by: .person) }),
        (.revoke, { enrolments, device throws(VerificationError) in try await enrolments.revoke(device) }),
        (.renew, { enrolments, device throws(VerificationError) in try await enrolments.renew(device) }),
        (.reactivate, { enrolments, device throws(VerificationError) in try await enrolments.resume(device) }),
    ]

    @Test func `what the table does not have is refused by name for every state, and nothing changes`() async throws {
        for state in State.allCases {
            for (event, call) in Self.calls {
                let bank = try TestBank { $0.renewalDays = 20_000 }
                let old = try enrolment("T-1", isEmulated: true)
                // A Token that is active is not re-activated but reset.
                let expected = event == .reactivate && state == .active ? .reset : event
                try await bank.store.write { (transaction) throws(StoreError) in
                    try transaction.insert(
                        Enrolment(
                            id: old.id, subscriber: old.subscriber, device: old.device, product: .token, isEmulated: true, state: state,
                            failures: 3, credential: old.credential))
                }
                var refusal: VerificationError?
                do throws(VerificationError) { try await call(bank.enrolments, old.device) } catch { refusal = error }
                let after = try await bank.enrolment(of: old.device)
                if let row = Lifecycle.transition(from: state, on: expected) {
                    #expect(refusal == nil, "\(state) \(event)")
                    #expect(after.state == row.to)
                } else {
                    #expect(refusal == .enrolment(.illegal(expected, state)))
                    #expect(refusal?.description.contains(state.rawValue) == true)
                    #expect(after.state == state && after.failures == 3 && after.version == 0)
                }
            }
        }
    }

    @Test func `whatever happens in whatever order, the store never leaves the table`() async throws {
        var generator = SeededGenerator(seed: 20)
        let bank = try TestBank { $0.renewalDays = 20_000 }
        for life in 0..<30 {
            let token = try await bank.enrolToken("T-\(life)")
            var state = try await bank.enrolment(of: token.id).state
            for _ in 0..<12 {
                let (event, call) = try #require(Self.calls.randomElement(using: &generator))
                let expected = event == .reactivate && state == .active ? .reset : event
                let row = Lifecycle.transition(from: state, on: expected)
                let worked: Bool
                do throws(VerificationError) {
                    try await call(bank.enrolments, token.id)
                    worked = true
                } catch { worked = false }
                #expect(worked == (row != nil), "\(state) \(event)")
                if let row { state = row.to }
                #expect(try await bank.enrolment(of: token.id).state == state)
            }
        }
    }

    @Test func `a store refuses to change what is over, whoever asks`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        try await bank.enrolments.revoke(token.id)
        let over = try await bank.enrolment(of: token.id)
        await #expect(throws: StoreError.self) {
            try await bank.store.write { (transaction) throws(StoreError) in
                try transaction.update(
                    Enrolment(
                        id: over.id, subscriber: over.subscriber, device: over.device, product: over.product, isEmulated: true,
                        state: .active,
                        credential: over.credential, version: over.version))
            }
        }
    }
}
