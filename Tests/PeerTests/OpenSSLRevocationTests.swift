import Crypto
import Emulation
import Foundation
import TestSupport
import Testing

/// `openssl` verifies the test authority's chains, lists and OCSP answers; it knows nothing of how they were made.
@Suite(.timeLimit(.minutes(5))) struct OpenSSLRevocationTests {
    /// Now, because openssl measures the age of an answer by its own clock.
    private let now = Date()

    /// A chain in files: a root, an authority below it, a certificate for logins and one for signatures.
    private struct Chain {
        let folder: URL
        let root: TestAuthority
        let issuing: TestAuthority
        let leaves: [CertificateUsage: [UInt8]]

        init(_ now: Date) throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "tessera-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            var root = try TestAuthority(now: now)
            root.services = RevocationServices(list: "http://localhost:1/root.crl", responder: "http://localhost:1/root")
            var issuing = try root.intermediate(now: now)
            issuing.services = RevocationServices(list: "http://localhost:1/issuing.crl", responder: "http://localhost:1/issuing")
            var leaves: [CertificateUsage: [UInt8]] = [:]
            for usage in [CertificateUsage.authentication, .signature] {
                let key = P256.Signing.PrivateKey()
                let leaf = try issuing.issue(
                    holder: "Test Holder", publicKey: Array(key.publicKey.derRepresentation), usage: usage, now: now)
                leaves[usage] = leaf
            }
            (self.root, self.issuing, self.leaves) = (root, issuing, leaves)
            try write(root.root, "root.pem", "CERTIFICATE")
            try write(issuing.certificate, "issuing.pem", "CERTIFICATE")
            for (usage, leaf) in leaves { try write(leaf, "\(usage.rawValue).pem", "CERTIFICATE") }
        }

        func path(_ name: String) -> String { folder.appending(path: name).path }

        func write(_ bytes: [UInt8], _ name: String, _ label: String? = nil) throws {
            let body = Data(bytes)
            guard let label else { return try body.write(to: folder.appending(path: name)) }
            let text = body.base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
            try Data("-----BEGIN \(label)-----\n\(text)\n-----END \(label)-----\n".utf8).write(to: folder.appending(path: name))
        }

        func serial(_ usage: CertificateUsage) throws -> [UInt8] { try TestAuthority.serialNumber(of: try #require(leaves[usage])) }
    }

    private func withChain(_ body: (Chain) async throws -> Void) async throws {
        let chain = try Chain(now)
        defer { try? FileManager.default.removeItem(at: chain.folder) }
        try await body(chain)
    }

    /// openssl's standard output and error.
    private func openssl(_ arguments: [String]) async throws -> (status: Int32, text: String) {
        let outcome = try await ChildProgram.run("openssl", arguments)
        return (outcome.status, outcome.text + outcome.complaints)
    }

    @Test func `x509 shows what a certificate for signatures says`() async throws {
        try await withChain { chain in
            let (status, text) = try await openssl(["x509", "-in", chain.path("signature.pem"), "-noout", "-text"])
            #expect(status == 0)
            #expect(text.contains("qcStatements"))
            #expect(text.contains("Non Repudiation"))
            #expect(text.contains("http://localhost:1/issuing.crl"))
            #expect(text.contains("OCSP - URI:http://localhost:1/issuing"))
            // The statements, by their identifiers.
            let parsed = try await openssl(["x509", "-in", chain.path("signature.pem"), "-noout", "-ext", "qcStatements"])
            #expect(parsed.status == 0)
            let login = try await openssl(["x509", "-in", chain.path("authentication.pem"), "-noout", "-text"])
            #expect(!login.text.contains("qcStatements"))
            #expect(login.text.contains("TLS Web Client Authentication"))
        }
    }

    @Test func `asn1parse reads the qualified statements as those of ETSI`() async throws {
        try await withChain { chain in
            let der = try #require(chain.leaves[.signature])
            // The extension's value lies behind its identifier 1.3.6.1.5.5.7.1.3.
            let identifier: [UInt8] = [0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x03, 0x04]
            let start = try #require(der.indices.first { der[$0...].starts(with: identifier) }) + identifier.count + 1
            try chain.write(Array(der[start..<start + Int(der[start - 1])]), "statements.der")
            let (status, text) = try await openssl(["asn1parse", "-inform", "DER", "-in", chain.path("statements.der")])
            #expect(status == 0, "\(text)")
            for identifier in ["0.4.0.1862.1.1", "0.4.0.1862.1.4", "0.4.0.1862.1.6", "0.4.0.1862.1.6.1"] {
                #expect(text.contains(":\(identifier)\n"), "\(text)")
            }
        }
    }

    @Test(arguments: RevokedCertificate.Reason.allCases)
    func `verify takes the lists of the whole chain, and refuses what they name`(reason: RevokedCertificate.Reason) async throws {
        try await withChain { chain in
            let revoked = RevokedCertificate(serialNumber: try chain.serial(.signature), date: now.addingTimeInterval(-60), reason: reason)
            try chain.write(chain.root.revocationList(of: [], number: 7, now: now), "root.crl", "X509 CRL")
            try chain.write(chain.issuing.revocationList(of: [revoked], now: now), "issuing.crl", "X509 CRL")
            func verify(_ usage: CertificateUsage) async throws -> (status: Int32, text: String) {
                try await openssl([
                    "verify", "-x509_strict", "-crl_check_all", "-CAfile", chain.path("root.pem"), "-untrusted", chain.path("issuing.pem"),
                    "-CRLfile", chain.path("root.crl"), "-CRLfile", chain.path("issuing.crl"), chain.path("\(usage.rawValue).pem"),
                ])
            }
            let good = try await verify(.authentication)
            #expect(good.status == 0, "\(good.text)")
            let bad = try await verify(.signature)
            #expect(bad.status != 0)
            #expect(bad.text.contains("certificate revoked"), "\(bad.text)")
            let shown = try await openssl(["crl", "-in", chain.path("issuing.crl"), "-noout", "-text"])
            #expect(shown.text.contains("Version 2"))
            #expect(shown.text.contains("CRL Reason Code") == (reason != .unspecified))
            let root = try await openssl(["crl", "-in", chain.path("root.crl"), "-noout", "-crlnumber"])
            #expect(root.text.contains("07"), "\(root.text)")
        }
    }

    /// openssl's question about one certificate, and what it makes of our answer.
    private func ask(
        _ chain: Chain, _ usage: CertificateUsage, of authority: TestAuthority, revoked: [RevokedCertificate] = [],
        unknown: Set<[UInt8]> = [],
        hash: String = "-sha1"
    ) async throws -> (status: Int32, text: String) {
        let question = [hash, "-issuer", chain.path("issuing.pem"), "-cert", chain.path("\(usage.rawValue).pem")]
        _ = try await Program.output("openssl", ["ocsp"] + question + ["-reqout", chain.path("request.der")])
        let request = Array(try Data(contentsOf: chain.folder.appending(path: "request.der")))
        try chain.write(authority.ocspResponse(to: request, revoked: revoked, unknown: unknown, now: now), "response.der")
        return try await openssl(
            ["ocsp"] + question + [
                // The request has its nonce; without this, openssl would add another one to it.
                "-no_nonce",
                "-reqin", chain.path("request.der"), "-respin", chain.path("response.der"), "-CAfile", chain.path("root.pem"), "-resp_text",
            ])
    }

    @Test(arguments: ["-sha1", "-sha256", "-sha384", "-sha512"])
    func `ocsp finds a good certificate, the nonce and the signature as they should be`(hash: String) async throws {
        try await withChain { chain in
            let (status, text) = try await ask(chain, .authentication, of: chain.issuing, hash: hash)
            #expect(status == 0, "\(text)")
            #expect(text.contains("Response verify OK"), "\(text)")
            #expect(text.contains("authentication.pem: good"), "\(text)")
            #expect(text.contains("OCSP Nonce"))
            #expect(!text.contains("WARNING"), "\(text)")
        }
    }

    @Test(arguments: RevokedCertificate.Reason.allCases)
    func `ocsp finds a revoked certificate, since when and why`(reason: RevokedCertificate.Reason) async throws {
        try await withChain { chain in
            let revoked = RevokedCertificate(
                serialNumber: try chain.serial(.signature), date: now.addingTimeInterval(-3600), reason: reason)
            let (_, text) = try await ask(chain, .signature, of: chain.issuing, revoked: [revoked])
            #expect(text.contains("Response verify OK"), "\(text)")
            #expect(text.contains("signature.pem: revoked"), "\(text)")
            #expect(text.contains("\tReason: ") == (reason != .unspecified), "\(text)")
            #expect(try await ask(chain, .authentication, of: chain.issuing, revoked: [revoked]).text.contains("authentication.pem: good"))
        }
    }

    @Test func `ocsp finds unknown what the authority denies, and what another one issued`() async throws {
        try await withChain { chain in
            let denied = try await ask(chain, .signature, of: chain.issuing, unknown: [chain.serial(.signature)])
            #expect(denied.text.contains("signature.pem: unknown"), "\(denied.text)")
            let foreign = try await ask(chain, .signature, of: chain.root)
            #expect(foreign.text.contains("signature.pem: unknown"), "\(foreign.text)")
        }
    }
}
