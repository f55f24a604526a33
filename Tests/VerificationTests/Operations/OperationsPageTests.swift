import DeviceProtocol
import Foundation
import TestSupport
import Testing

@testable import Verification

/// What `Docs/Operations.md` says is what the code does.
struct OperationsPageTests {
    private static func page() throws -> String {
        let root = Fixture.folder.deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "Docs/Operations.md"), encoding: .utf8)
    }

    @Test func `the table of operations is the machine's`() throws {
        let failure = DeviceFailure(DeviceError(.removed, "C-1"))
        let events: [(String, OperationMachine.Event)] = [
            ("claimed", .claimed), ("accepted", .accepted(TestBank.evidence)), ("rejected", .rejected), ("answeredLate", .answeredLate),
            ("cancelled", .cancelled), ("declined", .declined(failure)), ("failed", .failed(failure)), ("lost", .lost), ("lapsed", .lapsed),
        ]
        var rows: [String] = []
        for (name, state) in [("pending", Verification.Operation.State.pending), ("working", .working)] {
            for (event, value) in events {
                var machine = OperationMachine(state: state)
                guard machine.handle(value) != nil else { continue }
                let end = if case .ended(let outcome) = machine.state { outcome.name } else { "working" }
                rows.append("| \(name) | \(event) | \(end) |")
            }
        }
        let page = try Self.page().split(separator: "\n").map(String.init)
        #expect(page.filter { $0.hasPrefix("| pending |") || $0.hasPrefix("| working |") } == rows)
    }

    @Test func `the example of rules is read`() throws {
        let page = try Self.page()
        let block = try #require(page.components(separatedBy: "```json\n").last?.components(separatedBy: "```").first)
        let rule = try #require(try SignatureRules(json: Data(block.utf8)).all.first)
        #expect(rule.signatures == 2)
        #expect(rule.groups.count == 1)
        #expect(rule.band?.upTo == 5_000_000)
    }

    @Test func `each state of a transaction stands in its table`() throws {
        let page = try Self.page()
        for state in Transaction.State.Name.allCases { #expect(page.contains("| \(state.rawValue) |"), "\(state)") }
    }
}
