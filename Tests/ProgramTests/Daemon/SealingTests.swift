import Foundation
import SQLiteStore
import TestSupport
import Testing
import Verification

/// Whom the audit log names when a store that lay in the clear is opened with keys, and sealed.
@Suite(.timeLimit(.minutes(5))) struct SealingTests {
    private let folder: Folder
    private var keys: [String] { ["--keys", folder.path("store.keys")] }
    /// As sudo tells whom it starts a program for.
    private static let environment = ["SUDO_USER": "anna"]

    init() async throws {
        folder = try Folder()
        let store = try SQLiteStore(at: folder.path("s.sqlite"), mark: .test)
        try await Subscribers(store: store, hasher: SecretHasher()).create(SubscriberID("alice"))
        let drawn = try await Program.run("verify", "new-key", folder.path("store.keys"))
        try #require(drawn.status == 0, "\(drawn.complaints)")
    }

    /// Who asked for what sealed the store, one for each row that says so.
    private func sealers() async throws -> [Requester?] {
        let log = AuditLog(store: try SQLiteStore(auditing: folder.path("s.sqlite"), isReadOnly: true))
        return try await log.rows().filter { $0.detail.hasPrefix("secrets sealed ") }.map(\.requester)
    }

    @Test func `what a daemon seals at its start is written down for nobody, whoever started it`() async throws {
        let daemon = try await RunningDaemon(in: folder, keys, environment: Self.environment)
        try await daemon.stop()
        #expect(try await sealers() == [Requester?.none])
    }

    @Test func `what a command seals before it begins is written down for its user`() async throws {
        let listed = try await Program.run(
            ["subscriber", "list", "--store", folder.path("s.sqlite"), "--test"] + keys, environment: Self.environment)
        #expect(listed.status == 0 && listed.text.contains("alice"), "\(listed.complaints)")
        #expect(try await sealers() == [Requester(caller: "uid \(geteuid())", clerk: "anna")])
    }
}
