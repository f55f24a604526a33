import ArgumentParser
import Crypto
import DeviceProtocol
import Emulation
import Foundation
import HTTPDoor
import InMemoryLogging
import Logging
import SQLiteStore
import TestSupport
import Testing
import Verification

@testable import tessera

/// Certificates that were taken back, as `serve.json` says where it is known: in files, or of responders.
@Suite(.timeLimit(.minutes(5))) struct RevocationSettingTests {
    private let folder: Folder
    private var authority: TestAuthority
    private let log = InMemoryLogHandler()

    init() throws {
        folder = try Folder()
        authority = try TestAuthority(now: Date())
    }

    /// The certificates of one card, each with a key of its own.
    private func pair() throws -> CardCertificates {
        func issue(_ usage: CertificateUsage) throws -> [UInt8] {
            let key = Array(P256.Signing.PrivateKey().publicKey.derRepresentation)
            return try authority.issue(holder: "Jo Test", publicKey: key, usage: usage, now: Date())
        }
        return CardCertificates(authentication: try issue(.authentication), signature: try issue(.signature))
    }

    /// A bank with these settings.
    private func enrolments(_ revocation: String) throws -> Enrolments {
        try InputFile.write(pem: authority.root, to: folder.path("root.pem"))
        let made = try ServeConfiguration.draft(
            ServeOptions.parse(["--store", folder.path("s.sqlite"), "--test"]),
            ServeConfigurationFile.parse(Array(#"{"roots": ["root.pem"], "revocation": \#(revocation)}"#.utf8)),
            named: folder.path("serve.json"), in: ServeConfigurationTests.person
        ).approved()
        let logger = Logger(label: "test") { [log] _ in log }
        return try Enrolments(store: SQLiteStore(inMemory: .test), policy: made.policy(logger: logger))
    }

    /// What enrolling a card comes to with these settings; `nil` when it is enrolled.
    private func refusal(of pair: CardCertificates, _ revocation: String) async throws -> CertificateRefusal? {
        try await refusal(of: pair, at: enrolments(revocation))
    }

    private func refusal(of pair: CardCertificates, at enrolments: Enrolments) async throws -> CertificateRefusal? {
        var random = SystemRandomNumberGenerator()
        do {
            try await enrolments.enrol(
                DeviceID(fingerprintOf: pair.authentication), as: .smartcard, for: SubscriberID("alice"), with: .certificates(pair),
                id: EnrolmentID(using: &random), isEmulated: true)
        } catch VerificationError.certificate(let refusal) { return refusal }
        return nil
    }

    @Test func `a list in a file tells, and require wants one`() async throws {
        let (good, bad) = (try pair(), try pair())
        let number = try TestAuthority.serialNumber(of: bad.signature)
        let taken = RevokedCertificate(serialNumber: number, date: Date(timeIntervalSinceNow: -60))
        let list = try authority.revocationList(of: [taken], now: Date(timeIntervalSinceNow: -30))
        try Data(list).write(to: URL(filePath: folder.path("a.crl")))
        let converted = try await ChildProgram.run(
            "openssl", ["crl", "-inform", "DER", "-in", folder.path("a.crl"), "-out", folder.path("a.pem")])
        #expect(converted.status == 0, "\(converted.complaints)")
        for list in ["a.crl", "a.pem"] {
            let settings = #"{"mode": "require", "lists": ["\#(list)"]}"#
            let refused = try await refusal(of: good, settings)
            #expect(refused == nil)
            guard case .revoked? = try await refusal(of: bad, settings) else {
                Issue.record("a card that was taken back is believed")
                return
            }
        }
        let ignored = try await refusal(of: bad, #"{"mode": "off"}"#)
        #expect(ignored == nil)
        guard case .revocationUnknown? = try await refusal(of: good, #"{"mode": "require"}"#) else {
            Issue.record("nobody vouches for the card")
            return
        }
        try folder.write("not a list", to: "b.crl")
        await #expect(throws: ServeConfigurationError.self) { try await refusal(of: good, #"{"lists": ["b.crl"]}"#) }
    }

    /// A list of those taken back, `age` seconds old, put in the place of the one before as its users are told to: at once.
    private func put(_ taken: [CardCertificates], age: TimeInterval) throws {
        let entries = try taken.map {
            RevokedCertificate(serialNumber: try TestAuthority.serialNumber(of: $0.signature), date: Date(timeIntervalSinceNow: -age))
        }
        try put(authority.revocationList(of: entries, now: Date(timeIntervalSinceNow: -age)))
    }

    private func put(_ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(filePath: folder.path("a.crl")), options: .atomic)
    }

    @Test func `a list in another one's place counts from then on, and what is none is told of once`() async throws {
        let (first, second, third) = (try pair(), try pair(), try pair())
        try put([first], age: 60)
        let bank = try enrolments(#"{"mode": "require", "lists": ["a.crl"]}"#)
        guard case .revoked? = try await refusal(of: first, at: bank) else {
            Issue.record("a card that was taken back is believed")
            return
        }
        #expect(log.entries.isEmpty)
        try put([first, second], age: 30)
        guard case .revoked? = try await refusal(of: second, at: bank) else {
            Issue.record("the new list is not looked at")
            return
        }
        #expect(log.entries.map(\.level) == [.notice])
        for _ in 0..<2 {
            try put(Array("half a l".utf8))
            for _ in 0..<3 {
                guard case .revoked? = try await refusal(of: second, at: bank) else {
                    Issue.record("what was read before is forgotten")
                    return
                }
            }
            #expect(try await refusal(of: pair(), at: bank) == nil)
        }
        #expect(log.entries.map(\.level) == [.notice, .error, .error])
        #expect(log.entries.last.map { "\($0.message)".contains("what was read before still counts") } == true)
        try FileManager.default.removeItem(atPath: folder.path("a.crl"))
        guard case .revoked? = try await refusal(of: second, at: bank) else {
            Issue.record("what was read before is forgotten")
            return
        }
        #expect(log.entries.map(\.level) == [.notice, .error, .error, .error])
        try put([third], age: 10)
        #expect(try await refusal(of: second, at: bank) == nil)
        guard case .revoked? = try await refusal(of: third, at: bank) else {
            Issue.record("a list that came back is not looked at")
            return
        }
        #expect(log.entries.map(\.level) == [.notice, .error, .error, .error, .notice])
    }

    @Test func `a responder's refusal is no answer: the daemon does not start with it, and keeps the one before`() throws {
        try Data([0x30, 0x03, 0x0A, 0x01, 0x03]).write(to: URL(filePath: folder.path("busy.der")))
        let error = #expect(throws: ServeConfigurationError.self) { try enrolments(#"{"responses": ["busy.der"]}"#) }
        #expect(error?.member == "revocation.responses")
    }

    @Test func `a file with other rights is another one`() async throws {
        try put([], age: 60)
        let path = folder.path("a.crl")
        let first = try #require(FileStamp(of: path))
        #expect(FileStamp(of: path) == first)
        // The file system's clock has ticks.
        #expect(await eventually { chmod(path, 0o600) == 0 && FileStamp(of: path) != first })
        #expect(FileStamp(of: folder.url.path) == nil && FileStamp(of: folder.path("nothing")) == nil)
    }

    @Test func `a responder is asked that is listed, and no other`() async throws {
        let program = try RunningProgram(["emulate", "authority", folder.path("ca.pem"), "--port", "0"])
        #expect(await program.says("Ctrl-C ends it."), "\(program.errors)")
        let base = String(try #require(program.output.firstMatch(of: /http:\/\/[0-9.:]+[0-9]/)).output)
        var other = self
        other.authority = try TestAuthority.reading(pem: String(contentsOfFile: folder.path("ca.pem"), encoding: .utf8)).root
        other.authority.services = AuthorityService.addresses(of: .root, at: base)
        let address = try #require(other.authority.services.responder)
        let vouched = try await other.refusal(of: other.pair(), #"{"mode": "require", "responders": ["\#(address)"]}"#)
        #expect(vouched == nil)
        guard
            case .revocationUnknown? = try await other.refusal(
                of: other.pair(), #"{"mode": "require", "responders": ["\#(base)/elsewhere"]}"#)
        else {
            Issue.record("a responder was asked that the bank does not know")
            return
        }
        let asked = OCSPResponders(known: ["\(base)/nothing"])
        #expect(await asked.answer(to: [1], from: "\(base)/nothing") == nil)
        program.send(SIGTERM)
        #expect(try await program.end().status == 0)
    }

    @Test func `a responder whose answer comes byte by byte is given up`() async throws {
        try folder.write(
            """
            import socket, time
            server = socket.create_server(("127.0.0.1", 0))
            print("port", server.getsockname()[1], flush=True)
            person, _ = server.accept()
            person.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 60000\\r\\n\\r\\n")
            while True:
                person.sendall(b"0")
                time.sleep(0.02)
            """, to: "slow.py")
        let program = try RunningProgram.shell("exec python3 '\(folder.path("slow.py"))'")
        #expect(await program.says("port "), "\(program.errors)")
        let port = try #require(program.output.firstMatch(of: /port ([0-9]+)/)).1
        let slow = OCSPResponders(known: ["http://127.0.0.1:\(port)/"], deadline: .milliseconds(300))
        // Without the deadline this would take twenty minutes.
        #expect(await slow.answer(to: [1], from: "http://127.0.0.1:\(port)/") == nil)
        program.send(SIGKILL)
        _ = try await program.end()
    }

    /// Two responders: the first answers with as many bytes as its path says, or sends on to the second, which says how often it was asked.
    private static let responders = """
        import threading
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        class Responder(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.server is second:
                    second.asked += 1
                    self.give(str(second.asked).encode())
                elif self.path == "/elsewhere":
                    self.send_response(302)
                    self.send_header("Location", f"http://127.0.0.1:{second.server_port}/")
                    self.end_headers()
                else:
                    self.give(b"0" * int(self.path[1:]))

            do_GET = do_POST

            def give(self, answer):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(answer)

        first, second = (ThreadingHTTPServer(("127.0.0.1", 0), Responder) for _ in range(2))
        second.asked = 0
        threading.Thread(target=second.serve_forever, daemon=True).start()
        print("ports", first.server_port, second.server_port, flush=True)
        first.serve_forever()
        """

    /// Runs both for as long as `body`, which is told their addresses.
    private func withResponders(_ body: (_ first: String, _ second: String) async throws -> Void) async throws {
        try folder.write(Self.responders, to: "responders.py")
        let program = try RunningProgram.shell("exec python3 '\(folder.path("responders.py"))'")
        #expect(await program.says("ports "), "\(program.errors)")
        let ports = try #require(program.output.firstMatch(of: /ports ([0-9]+) ([0-9]+)/))
        try await body("http://127.0.0.1:\(ports.1)/", "http://127.0.0.1:\(ports.2)/")
        program.send(SIGKILL)
        _ = try await program.end()
    }

    /// What a responder answers, given time.
    private func answer(from address: String) async -> [UInt8]? {
        await OCSPResponders(known: [address], deadline: .patient).answer(to: [1], from: address)
    }

    @Test func `a responder that sends on to another is not followed`() async throws {
        try await withResponders { (first, second) async throws in
            #expect(await answer(from: first + "elsewhere") == nil)
            let asked = await answer(from: second)
            #expect(asked == Array("1".utf8), "by this very question alone")
        }
    }

    @Test func `an answer of more than 64 KiB is none`() async throws {
        try await withResponders { (first, _) async throws in
            let (most, more) = (await answer(from: first + "65536"), await answer(from: first + "65537"))
            #expect(most?.count == 65_536)
            #expect(more == nil)
        }
    }
}
