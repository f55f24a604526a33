import DeviceProtocol
import Foundation
import Testing

@testable import Verification

/// The whole table: every state with every event.
struct OperationMachineTests {
    private static let evidence = TestBank.evidence
    private static let failure = DeviceFailure(DeviceError(.removed, "C-1"))
    private static let refusal = DeviceFailure(DeviceError(.declined, "C-1"))

    private static let events: [OperationMachine.Event] = [
        .claimed, .accepted(evidence), .rejected, .answeredLate, .cancelled, .declined(refusal), .failed(failure), .lost, .lapsed,
    ]
    private static let outcomes: [Outcome] = [
        .succeeded(evidence), .refused, .cancelled(nil), .cancelled(refusal), .expired, .failed(failure), .indeterminate,
    ]

    private typealias Row = (event: OperationMachine.Event, state: Verification.Operation.State?, actions: [OperationMachine.Action])

    private static let pending: [Row] = [
        (.claimed, .working, []),
        (.accepted(evidence), .ended(.succeeded(evidence)), [.resetFailures]),
        (.rejected, .ended(.refused), [.countFailure]),
        (.answeredLate, .ended(.expired), []),
        (.cancelled, .ended(.cancelled(nil)), []),
        (.declined(refusal), .ended(.cancelled(refusal)), []),
        (.failed(failure), .ended(.failed(failure)), []),
        (.lost, nil, []),
        (.lapsed, .ended(.expired), []),
    ]

    private static let working: [Row] = [
        (.claimed, nil, []),
        (.accepted(evidence), .ended(.succeeded(evidence)), [.resetFailures]),
        (.rejected, .ended(.refused), [.countFailure]),
        (.answeredLate, .ended(.indeterminate), []),
        (.cancelled, nil, []),
        (.declined(refusal), .ended(.cancelled(refusal)), []),
        (.failed(failure), .ended(.failed(failure)), []),
        (.lost, .ended(.indeterminate), []),
        (.lapsed, .ended(.indeterminate), []),
    ]

    private func check(_ rows: [Row], from start: Verification.Operation.State) {
        #expect(rows.map(\.event) == Self.events, "the table names every event once")
        for row in rows {
            var machine = OperationMachine(state: start)
            let actions = machine.handle(row.event)
            #expect(machine.state == row.state ?? start, "\(row.event)")
            #expect(actions == (row.state == nil ? nil : row.actions), "\(row.event)")
        }
    }

    @Test func `pending goes on as the table says`() { check(Self.pending, from: .pending) }

    @Test func `working goes on as the table says`() { check(Self.working, from: .working) }

    @Test(arguments: OperationMachineTests.outcomes)
    func `an outcome never changes, whatever happens`(_ outcome: Outcome) {
        for event in Self.events {
            var machine = OperationMachine(state: .ended(outcome))
            #expect(machine.handle(event) == nil)
            #expect(machine.state == .ended(outcome))
        }
    }

    @Test func `every outcome can be reached, each by a name of its own`() {
        var reached: Set<String> = []
        for start in [Verification.Operation.State.pending, .working] {
            for event in Self.events {
                var machine = OperationMachine(state: start)
                _ = machine.handle(event)
                if case .ended(let outcome) = machine.state { reached.insert(outcome.name) }
            }
        }
        #expect(reached == ["succeeded", "refused", "cancelled", "expired", "failed", "indeterminate"])
    }

    @Test func `only a wrong answer counts, and only a right one resets the count`() {
        for start in [Verification.Operation.State.pending, .working] {
            for event in Self.events {
                var machine = OperationMachine(state: start)
                let actions = machine.handle(event) ?? []
                #expect(actions.contains(.countFailure) == (event == .rejected))
                #expect(actions.contains(.resetFailures) == (event == .accepted(Self.evidence)))
            }
        }
    }

    @Test(arguments: DeviceError.Code.allCases)
    func `every failure of a device has its meaning`(_ code: DeviceError.Code) {
        let error = DeviceError(code, "C-1")
        let expected: OperationMachine.Event =
            switch code {
            case .declined, .cancelled, .timedOut: .declined(DeviceFailure(DeviceError(code, "C-1")))
            case .indeterminate: .lost
            default: .failed(DeviceFailure(error))
            }
        #expect(OperationMachine.Event(error) == expected)
        #expect(DeviceFailure(error).code == code.rawValue)
    }

    @Test(arguments: OperationMachineTests.outcomes)
    func `an outcome is written and read back`(_ outcome: Outcome) throws {
        // As it was written before it said how a person broke off.
        #expect(try JSONDecoder().decode(Outcome.self, from: Data(#"{"cancelled":{}}"#.utf8)) == .cancelled(nil))
        #expect(try JSONDecoder().decode(Outcome.self, from: JSONEncoder().encode(outcome)) == outcome)
    }
}
