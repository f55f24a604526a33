import Foundation
import TestSupport
import Testing

/// What a daemon counts.
@Suite(.timeLimit(.minutes(10))) struct CountedDaemonTests {
    @Test func `commits and checks of passwords are told beside all else`() async throws {
        let folder = try Folder()
        let daemon = try await RunningDaemon(in: folder)
        #expect(try await daemon.ask("POST", "subscribers", #"{"id": "alice"}"#).status == 201)
        let login = try await daemon.ask(
            "POST", "logins", #"{"user": "nobody", "product": "token", "place": "Here", "browser": "Firefox"}"#)
        let id = try #require(login.string("id"), "\(login.text)")
        // A stranger's password takes the same work as a customer's.
        let refused = try await daemon.ask(
            "POST", "logins/\(id)/finish", #"{"user": "nobody", "password": "Kan+Vog3l", "response": {"code": "123456"}}"#)
        #expect(refused.status == 401, "\(refused.text)")
        let told = try await ChildProgram.run("curl", ["-sS", "--unix-socket", folder.path("bank.sock"), "http://localhost/metrics"])
        let samples = told.text.split(separator: "\n").compactMap { line -> (String, Double)? in
            let parts = line.split(separator: " ")
            guard parts.count == 2, let value = Double(parts[1]) else { return nil }
            return (String(parts[0]), value)
        }
        let counts = Dictionary(samples) { first, _ in first }
        for name in ["tessera_commit_groups_total", "tessera_commit_writes_total", "tessera_password_duration_seconds_count"] {
            #expect(counts[name].map { $0 >= 1 } == true, "\(name) in \(told.text)")
        }
        #expect(counts["tessera_password_queue_overflows_total"] == 0)
        try await daemon.stop()
    }
}
