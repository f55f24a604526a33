import Crypto
import Foundation
import TestSupport
import Testing
import Verification

/// The audit log of a running daemon, checked over HTTP with the keys that its configuration names.
@Suite(.timeLimit(.minutes(10))) struct AuditedDaemonTests {
    private let folder: Folder
    private let key = Curve25519.Signing.PrivateKey()

    init() throws {
        folder = try Folder()
        try folder.write(AuditKey.pem(key), to: "audit.pem")
        try folder.write(AuditKey.pem(key.publicKey), to: "public.pem")
        try folder.write(AuditKey.pem(Curve25519.Signing.PrivateKey().publicKey), to: "other.pem")
    }

    /// What a daemon with this key says of the log.
    private func report(key name: String) async throws -> RunningDaemon.Answer {
        try folder.write(#"{"auditKeys": ["\#(name)"]}"#, to: "serve.json")
        let daemon = try await RunningDaemon(in: folder, ["--configuration", folder.path("serve.json")])
        if try await daemon.ask("GET", "audit/heads").string("heads.0.number") == nil {
            #expect(try await daemon.ask("POST", "subscribers", #"{"id": "alice"}"#).status == 201)
            _ = try await daemon.make(#"{"kind": "token", "subscriber": "alice"}"#)
            let anchored = try await Program.run("verify", "anchor", folder.path("s.sqlite"), "--key", folder.path("audit.pem"))
            #expect(anchored.status == 0, "\(anchored.complaints)")
        }
        let report = try await daemon.ask("GET", "audit/check")
        try await daemon.stop()
        return report
    }

    @Test func `heads count that a key of the configuration signed, and those of another key are told as not signed`() async throws {
        let own = try await report(key: "public.pem")
        #expect(own.string("isIntact") == "1", "\(own.text)")
        let rows = try #require(own.string("rows").flatMap { Int($0) })
        #expect(rows > 0 && own.string("anchored") == "\(rows)")
        let foreign = try await report(key: "other.pem")
        #expect(foreign.string("isIntact") == "0" && foreign.string("anchored") == "0", "\(foreign.text)")
    }
}
