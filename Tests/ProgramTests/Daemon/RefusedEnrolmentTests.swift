import TestSupport
import Testing

/// Emulated devices that the bank does not take.
@Suite(.timeLimit(.minutes(5))) struct RefusedEnrolmentTests {
    @Test func `a Scan that another person wants goes on answering its owner`() async throws {
        let folder = try Folder()
        let daemon = try await RunningDaemon(in: folder)
        for name in ["bob", "carol"] { #expect(try await daemon.ask("POST", "subscribers", #"{"id": "\#(name)"}"#).status == 201) }
        let scan = try await daemon.make(#"{"kind": "scan"}"#)
        func enrol(_ name: String) async throws -> RunningDaemon.Answer {
            try await daemon.ask("POST", "emulators/\(scan.id)/enrolment", #"{"subscriber": "\#(name)"}"#, at: .emulators)
        }
        #expect(try await enrol("carol").status < 300)
        let refused = try await enrol("bob")
        #expect(refused.status == 409 && refused.string("code") == "enrolmentRefused", "\(refused.text)")
        let operation = try await daemon.pay("carol", with: scan.device)
        let picture = try await daemon.ask("GET", "operations/\(operation)/qr.png").body
        let seen = try await daemon.ask("POST", "emulators/\(scan.id)/look", data: picture, at: .emulators, as: "image/png")
        #expect(seen.status == 200 && seen.text.contains("12.50"), "\(seen.text)")
        try await daemon.stop()
    }
}
