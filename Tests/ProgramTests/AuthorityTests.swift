import Crypto
import Emulation
import Foundation
import TestSupport
import Testing

@testable import tessera

/// `emulate authority`: what it serves, and openssl's opinion of it.
@Suite struct AuthorityTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func service() throws -> AuthorityService {
        let root = try TestAuthority(now: Self.now)
        return AuthorityService(root: root, issuing: try root.intermediate(now: Self.now))
    }

    @Test func `a certificate is its issuer's matter, and a bare number is the issuing authority's`() throws {
        let folder = try Folder()
        let service = try service()
        let key = Array(P256.Signing.PrivateKey().publicKey.derRepresentation)
        let card = try service.issuing.issue(holder: "Jo Test", publicKey: key, usage: .authentication, now: Self.now)
        let foreign = try TestAuthority(now: Self.now).issue(holder: "Jo Test", publicKey: key, usage: .authentication, now: Self.now)
        for (name, certificate, issuer) in [
            ("root", service.root.certificate, AuthorityService.Authority.root), ("issuing", service.issuing.certificate, .root),
            ("card", card, .issuing),
        ] {
            try InputFile.write(pem: certificate, to: folder.path(name))
            let found = try EmulateAuthority.certificate(folder.path(name), of: service)
            #expect(found.0 == issuer, "\(name)")
            #expect(try found.serialNumber == TestAuthority.serialNumber(of: certificate))
        }
        let bare = try EmulateAuthority.certificate("00:2e:03", of: service)
        #expect(bare.0 == .issuing && bare.serialNumber == [0x2E, 0x03])
        // Of the same names, and signed by another key.
        try InputFile.write(pem: foreign, to: folder.path("foreign"))
        #expect(throws: Failure.self) { try EmulateAuthority.certificate(folder.path("foreign"), of: service) }
    }

    @Test(arguments: AuthorityService.Authority.allCases)
    func `each list has what its authority revoked, and nothing of the other's`(authority: AuthorityService.Authority) throws {
        var service = try service()
        let serialNumber: [UInt8] = Array(0x41...0x50)
        service.revoked = [authority: [RevokedCertificate(serialNumber: serialNumber, date: Self.now)]]
        for other in AuthorityService.Authority.allCases {
            let list = try #require(try service.answer("GET", "/\(other.rawValue).crl", body: [], now: Self.now))
            #expect((Data(list.body).range(of: Data(serialNumber)) != nil) == (other == authority), "\(other)")
        }
    }

    @Test(.timeLimit(.minutes(5))) func `a request that does not say its length is cut off like one that does`() async throws {
        let folder = try Folder()
        let (program, base) = try await running(["emulate", "authority", folder.path("ca.pem"), "--port", "0"])
        let port = try #require(base.split(separator: ":").last)
        // One chunk, and never the last one.
        let script = """
            exec 3<>/dev/tcp/127.0.0.1/\(port)
            printf 'POST /issuing HTTP/1.1\\r\\nHost: x\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n11170\\r\\n' >&3
            head -c 70000 /dev/zero >&3
            printf '\\r\\n' >&3
            timeout 60 head -n 1 <&3
            """
        let asked = try await ChildProgram.run("bash", ["-c", script])
        #expect(asked.text.hasPrefix("HTTP/1.1 413"), "\(asked.text) \(asked.complaints)")
        program.send(SIGTERM)
        #expect(try await program.end().status == 0)
    }

    @Test(arguments: [("root", "crl", "application/pkix-crl"), ("issuing", "cer", "application/pkix-cert")])
    func `files have the names and types that certificates and clients expect`(name: String, ending: String, type: String) throws {
        let answer = try service().answer("GET", "/\(name).\(ending)", body: [], now: Self.now)
        #expect(answer?.type == type)
        #expect(answer?.body.first == 0x30)
    }

    @Test(arguments: [
        ("GET", "/"), ("GET", "/root"), ("GET", "/other.crl"), ("PUT", "/root"), ("POST", "/root.crl"), ("POST", "/root/x"),
        ("GET", "/root/%%"), ("GET", "/issuing/not base64"), ("GET", ""), ("POST", ""),
    ])
    func `what is not there is not answered`(method: String, path: String) throws {
        #expect(try service().answer(method, path, body: [], now: Self.now) == nil)
    }

    @Test func `a question in the path is answered as one in the body`() throws {
        let service = try service()
        let posted = try service.answer("POST", "/issuing", body: [0x30, 0x00], now: Self.now)
        #expect(posted?.type == "application/ocsp-response")
        #expect(try service.answer("GET", "/issuing/MAA%3D", body: [], now: Self.now) == posted)
    }

    @Test func `the addresses in certificates are those that are answered`() throws {
        for base in ["http://localhost:1", "http://localhost:1/"] {
            let addresses = AuthorityService.addresses(of: .issuing, at: base)
            #expect(addresses == RevocationServices(list: "http://localhost:1/issuing.crl", responder: "http://localhost:1/issuing"))
        }
    }

    @Test func `programs that come at once to a missing file get the same authority`() async throws {
        let folder = try Folder()
        let file = folder.path("ca.pem")
        let certificates = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<16 { group.addTask { try AuthorityFile.open(file, now: Self.now).issuing.certificate } }
            return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
        }
        #expect(certificates.count == 1)
        #expect(try folder.names == ["ca.pem"])
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
    }

    @Test func `a file that is no authority is told, and left as it is`() async throws {
        let folder = try Folder()
        try folder.write("mine", to: "notes.txt")
        let outcome = try await Program.run("emulate", "authority", folder.path("notes.txt"), "--port", "0")
        #expect(outcome.status == 1)
        #expect(outcome.failure?.error.contains("not the PEM file of a test authority") == true)
        #expect(try folder.read("notes.txt") == Data("mine".utf8))
    }

    @Test func `a port that is taken is told`() async throws {
        let folder = try Folder()
        let first = try await running(["emulate", "authority", folder.path("ca.pem"), "--port", "0"])
        let port = try #require(first.base.split(separator: ":").last)
        let outcome = try await Program.run("emulate", "authority", folder.path("ca.pem"), "--port", String(port))
        #expect(outcome.status == 3)
        #expect(outcome.failure?.error == "port \(port) cannot be opened: Address already in use")
        #expect(outcome.failure?.hint.contains("--port") == true)
        first.program.send(SIGTERM)
        #expect(try await first.program.end().status == 0)
    }

    /// A program that answers, and where.
    private func running(_ arguments: [String]) async throws -> (program: RunningProgram, base: String) {
        let program = try RunningProgram(arguments)
        #expect(await program.says("Ctrl-C ends it."), "\(program.errors)")
        let base = try #require(program.output.firstMatch(of: /http:\/\/[0-9.:]+[0-9]/)).output
        #expect(await program.handles(SIGTERM))
        return (program, String(base))
    }

    @Test func `the certificate of an emulated card is good, and after it was revoked it is not`() async throws {
        let folder = try Folder()
        let file = folder.path("ca.pem")
        let service = try await PrivatePCSCD.shared
        let environment = ["PCSCLITE_CSOCK_NAME": service.socket, "XDG_CACHE_HOME": folder.path("cache")]
        try await service.withSlot { slot in
            // The port is not known yet; what matters is that the card says it.
            let card = try RunningProgram(
                "emulate", "smartcard", "--vpcd", "127.0.0.1:\(slot.port)", "--keys", "p256", "--authority", file, "--revocation",
                "http://localhost:1", "--root", folder.path("root.pem"), environment: environment)
            #expect(await card.says("Ctrl-C takes it out."), "\(card.errors)")
            var pem = ""
            let isRead = try await eventually {
                pem = try await Program.run(
                    ["card", "certificates", "--reader", slot.reader, "--key", "signature", "--pem"], environment: environment
                ).text
                return pem.contains("CERTIFICATE")
            }
            #expect(isRead)
            try folder.write(pem, to: "card.pem")
            card.send(SIGINT)
            #expect(try await card.end().status == 0)
        }
        let shown = try await ChildProgram.run("openssl", ["x509", "-in", folder.path("card.pem"), "-noout", "-text"])
        #expect(shown.text.contains("URI:http://localhost:1/issuing.crl") && shown.text.contains("qcStatements"))

        for (option, expected) in [
            ([], "good"), (["--revoked", folder.path("card.pem")], "revoked"), (["--unknown", folder.path("card.pem")], "unknown"),
        ] {
            let (program, base) = try await running(["emulate", "authority", file, "--port", "0"] + option)
            let asked = try await ChildProgram.run(
                "openssl",
                [
                    "ocsp", "-issuer", file, "-cert", folder.path("card.pem"), "-CAfile", folder.path("root.pem"), "-url",
                    base + "/issuing",
                ])
            #expect(asked.text.contains("card.pem: \(expected)"), "\(asked.text) \(asked.complaints)")
            #expect(asked.complaints.contains("Response verify OK") && !asked.complaints.contains("WARNING"), "\(asked.complaints)")
            // The whole chain against the lists that are served.
            for name in ["root", "issuing"] {
                let list = try await ChildProgram.run(
                    "openssl", ["crl", "-in", "\(base)/\(name).crl", "-inform", "DER", "-out", folder.path("\(name).crl")])
                #expect(list.status == 0, "\(list.complaints)")
            }
            let verified = try await ChildProgram.run(
                "openssl",
                [
                    "verify", "-crl_check_all", "-CAfile", folder.path("root.pem"), "-untrusted", file, "-CRLfile", folder.path("root.crl"),
                    "-CRLfile", folder.path("issuing.crl"), folder.path("card.pem"),
                ])
            #expect((verified.status == 0) == (expected != "revoked"), "\(verified.text) \(verified.complaints)")
            program.send(SIGTERM)
            #expect(try await program.end().status == 0)
        }
    }
}
