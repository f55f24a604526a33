import Foundation
import HTTPDoor
import TestSupport
import Testing

/// Who may ask what, as the document says it and as the door does it.
@Suite struct RoleTests {
    /// An operation of the document.
    private struct Described: Sendable {
        let id: String
        let method: String
        let path: String
        /// What its description begins with.
        let sentence: String
    }

    /// Who has no role, and who has one alone.
    static let callers: [Role?] = [nil] + Role.allCases.map { Optional($0) }

    /// Who may ask where the sentence says more than the names of roles.
    private static let others: [String: Set<Role>] = [
        "finishLogin": [.verifier], "attachOperation": [.deviceUser], "drawQrPng": [.verifier, .deviceUser],
        "drawQrSvg": [.verifier, .deviceUser],
    ]

    private static func document() throws -> String {
        try String(contentsOf: Fixture.folder.deletingLastPathComponent().appending(path: "Docs/openapi.yaml"), encoding: .utf8)
    }

    /// The operations in their order.
    private static func operations() throws -> [Described] {
        let lines = try document().components(separatedBy: "\ncomponents:\n")[0].components(separatedBy: "\n")
        var operations: [Described] = []
        var (path, method, id) = ("", "", "")
        for (line, next) in zip(lines, lines.dropFirst()) {
            if let found = line.wholeMatch(of: #/ {2}"?(/[^"]*)"?:/#) { path = String(found.1) }
            if let found = line.wholeMatch(of: #/ {4}(get|put|post|patch|delete):/#) { method = found.1.uppercased() }
            if let found = line.wholeMatch(of: #/ {6}operationId: (\w+)/#) { id = String(found.1) }
            if let found = line.wholeMatch(of: #/ {6}description: "?(.+)/#) {
                // ">-" and "|" say that the text follows.
                let sentence = found.1.hasPrefix("For ") ? String(found.1) : String(next.drop { $0 == " " })
                operations.append(Described(id: id, method: method, path: path, sentence: sentence))
            }
        }
        return operations
    }

    /// The roles that a sentence names, and `nil` among them where it names everybody; `nil` where it says more.
    private static func admitted(by sentence: String) -> Set<Role?>? {
        guard let names = sentence.prefixMatch(of: #/For ([A-Za-z, ]+)\./#)?.1 else { return nil }
        if names == "everybody who is let in" { return Set(callers) }
        let roles = String(names).components(separatedBy: ", ").map { Role(rawValue: $0) }
        return roles.contains(nil) ? nil : Set(roles)
    }

    private static func admitted(to operation: Described) throws -> Set<Role?> {
        if let named = admitted(by: operation.sentence) { return named }
        let roles = try #require(others[operation.id], "\(operation.id): \(operation.sentence)")
        return Set(roles.map { Optional($0) })
    }

    @Test func `the document says of every operation who may ask`() throws {
        let operations = try Self.operations()
        let document = try Self.document()
        #expect(operations.count == document.matches(of: #/operationId: /#).count)
        #expect(Set(operations.map(\.id)).count == operations.count)
        #expect(Set(operations.map { "\($0.method) \($0.path)" }).count == operations.count)
        let unsaid = operations.filter { Self.admitted(by: $0.sentence) == nil }.map(\.id)
        #expect(unsaid.sorted() == Self.others.keys.sorted())
    }

    @Test(arguments: RoleTests.callers)
    func `who has none of an operation's roles is refused, and nobody else`(_ role: Role?) async throws {
        let operations = try Self.operations()
        let served = try ServedBank(metrics: { "tessera_up 1\n" })
        let roles = role.map { Set([$0]) } ?? []
        try await served.served(as: roles) { (client) async throws in
            for operation in operations {
                let path = operation.path.replacing(#/\{[^}]*\}/#, with: "x")
                // Such an id of an event is refused: the stream of them would not end.
                let answer = try await client.send(operation.method, path, nil, ["Last-Event-ID": "x"])
                let isRefused = answer.status == 403 && answer.code == "roleMissing"
                let isNamed = try Self.admitted(to: operation).contains(role)
                #expect(isRefused != isNamed, "\(operation.id): \(answer.status) \(answer.text)")
            }
        }
    }
}
