import Foundation
import TestSupport
import Testing

/// Two daemons over one store have two names.
@Suite(.timeLimit(.minutes(5))) struct NodeNameTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    /// A daemon with sockets of its own.
    private func arguments(_ number: Int, store: String, node: String?) -> [String] {
        ["serve", "--test", "--store", store, "--socket", folder.path("\(number).sock")] + (node.map { ["--node", $0] } ?? [])
    }

    private func start(_ number: Int, store: String, node: String? = nil) async throws -> RunningProgram {
        let program = try RunningProgram(arguments(number, store: store, node: node))
        let isOpen = await eventually { program.errors.contains("[tessera] listening") }
        try #require(isOpen, "\(program.errors)")
        return program
    }

    private func refuses(_ number: Int, store: String, node: String? = nil) async throws -> Bool {
        let outcome = try await Program.run(arguments(number, store: store, node: node))
        return outcome.status == 3 && outcome.complaints.contains("node: another daemon over this store goes by")
            && outcome.complaints.contains("--node")
    }

    private func end(_ program: RunningProgram, _ signal: Int32 = SIGTERM) async throws {
        program.send(signal)
        _ = try await program.end()
    }

    @Test func `a second daemon of the same name is refused, and one with another is not`() async throws {
        let store = folder.path("s.sqlite")
        let first = try await start(1, store: store)
        #expect(try await refuses(2, store: store))
        // A link is the same store.
        try FileManager.default.createSymbolicLink(atPath: folder.path("link.sqlite"), withDestinationPath: store)
        #expect(try await refuses(2, store: folder.path("link.sqlite")))
        let second = try await start(3, store: store, node: "second")
        // However it ended, the next one may have the name.
        try await end(first, SIGKILL)
        try await end(start(4, store: store))
        try await end(second)
    }

    #if PostgreSQL
    @Test func `so it is over a database`() async throws {
        let address = try await PrivatePostgreSQL.shared.address()
        let first = try await start(1, store: address)
        #expect(try await refuses(2, store: address))
        let second = try await start(3, store: address, node: "second")
        // Other tables are another store.
        try await end(start(4, store: try await PrivatePostgreSQL.shared.address()))
        try await end(first, SIGKILL)
        try await end(start(5, store: address))
        try await end(second)
    }
    #endif
}
