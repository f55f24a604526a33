import Foundation
import SwiftASN1
import TestSupport
import Testing
import X509

@testable import Verification

/// Lists and answers that openssl made are read as openssl means them.
@Suite(.timeLimit(.minutes(5))) struct OpenSSLRevocationTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func openssl(_ arguments: String...) async throws {
        let outcome = try await ChildProgram.run("openssl", arguments)
        try #require(outcome.status == 0, "\(arguments): \(outcome.complaints)")
    }

    private func write(_ text: String, _ name: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: folder.path(name)))
        return folder.path(name)
    }

    private func certificate(_ name: String) async throws -> Certificate {
        try await openssl("x509", "-in", folder.path("\(name).pem"), "-outform", "DER", "-out", folder.path("\(name).der"))
        return try Certificate(derEncoded: Array(try Data(contentsOf: URL(filePath: folder.path("\(name).der")))))
    }

    /// A certificate by the authority.
    private func issue(_ name: String, serial: String, extensions: String) async throws {
        let file = try write(extensions, "\(name).ext")
        try await openssl(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)", "-keyout",
            folder.path("\(name).key"), "-out", folder.path("\(name).csr"))
        try await openssl(
            "x509", "-req", "-in", folder.path("\(name).csr"), "-CA", folder.path("ca.pem"), "-CAkey", folder.path("ca.key"), "-set_serial",
            "0x\(serial)", "-days", "30", "-extfile", file, "-out", folder.path("\(name).pem"))
    }

    /// An authority with an RSA key, a good certificate with a long number, one that was revoked, a responder, and openssl's own book.
    private func prepare() async throws {
        try await openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/O=Judge/CN=ca", "-days", "30", "-keyout", folder.path("ca.key"),
            "-out", folder.path("ca.pem"), "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        let usage = "keyUsage=critical,nonRepudiation\n"
        try await issue("good", serial: "80AABBCCDDEEFF00112233445566778899AABBCC", extensions: usage)
        try await issue("bad", serial: "02", extensions: usage)
        try await issue("responder", serial: "03", extensions: "extendedKeyUsage=OCSPSigning\n")
        try await issue("stranger", serial: "04", extensions: "keyUsage=digitalSignature\n")
        _ = try write(
            """
            V\t491231235959Z\t\t80AABBCCDDEEFF00112233445566778899AABBCC\tunknown\t/CN=good
            R\t491231235959Z\t240102030405Z,keyCompromise\t02\tunknown\t/CN=bad

            """, "index.txt")
    }

    private func status(of name: String, by signer: String, hash: String = "sha256") async throws -> RevocationCheck.Status? {
        let (certificate, issuer) = (try await certificate(name), try await certificate("ca"))
        let request = try OCSPQuestion.request(for: certificate, from: issuer)
        try Data(request).write(to: URL(filePath: folder.path("request.der")))
        try await openssl(
            "ocsp", "-index", folder.path("index.txt"), "-CA", folder.path("ca.pem"), "-rsigner", folder.path("\(signer).pem"), "-rkey",
            folder.path("\(signer).key"), "-rmd", hash, "-ndays", "1", "-reqin", folder.path("request.der"), "-respout",
            folder.path("response.der"))
        let response = Array(try Data(contentsOf: URL(filePath: folder.path("response.der"))))
        return OCSPAnswer.status(of: certificate, from: issuer, in: response, at: Date())
    }

    /// 2 January 2024, 03:04:05 UTC.
    private let revokedAt = Date(timeIntervalSince1970: 1_704_164_645)

    @Test func `openssl answers our question, and we read its answers, by the authority and by a responder of its own`() async throws {
        try await prepare()
        for signer in ["ca", "responder"] {
            #expect(try await status(of: "good", by: signer) == .good)
            #expect(try await status(of: "bad", by: signer) == .revoked(since: revokedAt))
            #expect(try await status(of: "responder", by: signer) == .unknown("its authority does not know it"))
        }
        #expect(try await status(of: "good", by: "ca", hash: "sha512") == .good)
        #expect(try await status(of: "good", by: "responder", hash: "sha384") == .good)
        #expect(try await status(of: "good", by: "ca", hash: "sha1") == .unknown("its authority has not signed the answer"))
        // A certificate of the authority that is not for answers.
        #expect(try await status(of: "good", by: "stranger") == .unknown("its authority has not signed the answer"))
    }

    @Test(arguments: ["", "crl_extensions=partial\n"]) func `openssl's lists are read, and partial ones are not`(_ extensions: String)
        async throws
    {
        try await prepare()
        let configuration = try write(
            """
            [ca]
            default_ca=judge
            [judge]
            database=\(folder.path("index.txt"))
            default_md=sha384
            default_crl_days=1
            \(extensions)[partial]
            issuingDistributionPoint=critical,@point
            [point]
            onlyuser=TRUE

            """, "ca.conf")
        try await openssl(
            "ca", "-gencrl", "-config", configuration, "-cert", folder.path("ca.pem"), "-keyfile", folder.path("ca.key"), "-out",
            folder.path("list.pem"))
        try await openssl("crl", "-in", folder.path("list.pem"), "-outform", "DER", "-out", folder.path("list.der"))
        let list = try RevocationList(der: Array(try Data(contentsOf: URL(filePath: folder.path("list.der")))))
        let authority = try await certificate("ca")
        #expect(list.isFrom(authority))
        let (good, bad) = (try await certificate("good"), try await certificate("bad"))
        let partial = RevocationCheck.Status.unknown("the list is one of a kind that is not understood")
        #expect(list.status(of: good, from: authority, at: Date()) == (extensions.isEmpty ? .good : partial))
        #expect(list.status(of: bad, from: authority, at: Date()) == (extensions.isEmpty ? .revoked(since: revokedAt) : partial))
        #expect(list.status(of: good, from: authority, at: Date() + 2 * 86_400) != .good)
    }
}
