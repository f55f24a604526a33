import CMS
import Crypto
import CryptoExtras
import Emulation
import Foundation
import SwiftASN1
import TestSupport
import Testing

/// A key outside of CMS, as a card's is, with a certificate for it.
struct Signer {
    enum Kind: CaseIterable { case rsa, p256, p384 }

    let certificate: [UInt8]
    let root: [UInt8]
    let sign: (Data) throws -> [UInt8]

    init(_ kind: Kind) throws {
        let authority = try TestAuthority(now: Date())
        let publicKey: [UInt8]
        switch kind {
        case .rsa:
            let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
            publicKey = Array(key.publicKey.derRepresentation)
            sign = { Array(try key.signature(for: SHA256.hash(data: $0), padding: .insecurePKCS1v1_5).rawRepresentation) }
        case .p256:
            let key = P256.Signing.PrivateKey()
            publicKey = Array(key.publicKey.derRepresentation)
            sign = { Array(try key.signature(for: SHA256.hash(data: $0)).derRepresentation) }
        case .p384:
            let key = P384.Signing.PrivateKey()
            publicKey = Array(key.publicKey.derRepresentation)
            sign = { Array(try key.signature(for: SHA384.hash(data: $0)).derRepresentation) }
        }
        certificate = try authority.issue(holder: "Test Holder", publicKey: publicKey, usage: .signature, now: Date())
        root = authority.root
    }

    func signed(_ document: [UInt8], at time: Date = Date(), isAttached: Bool = false) throws -> [UInt8] {
        let signed = try SignedDocument(document, signer: certificate, at: time)
        return try signed.signedData(signature: sign(Data(signed.signedAttributes)), isAttached: isAttached)
    }
}

/// openssl reads what we wrote.
@Suite struct SignedDocumentTests {
    private let document = Array("pay 10 EUR\r\nto the baker\n\u{0}".utf8)

    /// Runs `openssl cms` on files of these names and contents, in a folder of its own.
    private func openssl(
        _ arguments: [String], _ files: [String: [UInt8]], output: String? = nil
    ) async throws -> (outcome: ChildProgram.Outcome, output: [UInt8]) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-cms-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, bytes) in files { try Data(bytes).write(to: folder.appending(path: name)) }
        let placed = arguments.map { files[$0] != nil || $0 == output ? folder.appending(path: $0).path : $0 }
        let outcome = try await ChildProgram.run("openssl", ["cms"] + placed)
        return (outcome, output.flatMap { try? Array(Data(contentsOf: folder.appending(path: $0))) } ?? [])
    }

    private func pem(_ certificate: [UInt8]) -> [UInt8] { Array(PEMDocument(type: "CERTIFICATE", derBytes: certificate).pemString.utf8) }

    @Test(arguments: Signer.Kind.allCases)
    func `openssl verifies a signature beside the document, and as CAdES too`(kind: Signer.Kind) async throws {
        let signer = try Signer(kind)
        let files = ["doc": document, "p7s": try signer.signed(document), "root": pem(signer.root)]
        for extra in [[], ["-cades"]] {
            let (outcome, written) = try await openssl(
                ["-verify", "-binary", "-inform", "DER", "-in", "p7s", "-content", "doc", "-CAfile", "root", "-out", "copy"] + extra, files,
                output: "copy")
            #expect(outcome.status == 0, "\(outcome.complaints)")
            #expect(written == document)
        }
    }

    @Test(arguments: Signer.Kind.allCases)
    func `a document inside comes out byte for byte`(kind: Signer.Kind) async throws {
        let signer = try Signer(kind)
        for document in [document, [], Array(repeating: 0x0A, count: 70_000)] {
            let files = ["p7s": try signer.signed(document, isAttached: true), "root": pem(signer.root)]
            let (outcome, written) = try await openssl(
                ["-verify", "-binary", "-inform", "DER", "-in", "p7s", "-CAfile", "root", "-out", "copy"], files, output: "copy")
            #expect(outcome.status == 0, "\(outcome.complaints)")
            #expect(written == document)
        }
    }

    @Test func `a changed document, a foreign signature and another root are refused`() async throws {
        let (signer, other) = (try Signer(.p256), try Signer(.p256))
        let signed = try SignedDocument(document, signer: signer.certificate, at: Date())
        let foreign = try signed.signedData(signature: other.sign(Data(signed.signedAttributes)), isAttached: false)
        let good = try signer.signed(document)
        for files in [
            ["doc": document + [0], "p7s": good, "root": pem(signer.root)],
            ["doc": document, "p7s": foreign, "root": pem(signer.root)],
            ["doc": document, "p7s": good, "root": pem(other.root)],
        ] {
            let (outcome, _) = try await openssl(
                ["-verify", "-binary", "-inform", "DER", "-in", "p7s", "-content", "doc", "-CAfile", "root", "-out", "copy"], files,
                output: "copy")
            #expect(outcome.status != 0)
        }
    }

    @Test(
        arguments: [
            (Signer.Kind.rsa, "sha256WithRSAEncryption", "sha256"), (.p256, "ecdsa-with-SHA256", "sha256"),
            (.p384, "ecdsa-with-SHA384", "sha384"),
        ])
    func `algorithms have the names that go with the key`(kind: Signer.Kind, signature: String, digest: String) async throws {
        let signer = try Signer(kind)
        let (outcome, _) = try await openssl(
            ["-cmsout", "-print", "-noout", "-inform", "DER", "-in", "p7s"], ["p7s": try signer.signed(document)])
        let info = try #require(outcome.text.range(of: "signerInfos:")).lowerBound
        let text = String(outcome.text[info...])
        #expect(text.contains("algorithm: \(signature) "), "\(text)")
        #expect(text.contains("algorithm: \(digest) "))
        for attribute in ["contentType", "messageDigest", "signingTime", "id-smime-aa-signingCertificateV2"] {
            #expect(text.contains("object: \(attribute) "), "\(attribute)")
        }
    }

    @Test(arguments: [
        ("2026-11-21T12:38:05Z", "UTCTIME:Nov 21 12:38:05 2026 GMT"), ("2049-12-31T23:59:59Z", "UTCTIME:Dec 31 23:59:59 2049 GMT"),
        ("2050-01-01T00:00:00Z", "GENERALIZEDTIME:Jan  1 00:00:00 2050 GMT"), ("1950-01-01T00:00:00Z", "UTCTIME:Jan  1 00:00:00 1950 GMT"),
    ])
    func `the time is the caller's, in the form of its century`(time: String, printed: String) async throws {
        let signer = try Signer(.p256)
        let signed = try signer.signed(document, at: Date(time, strategy: .iso8601))
        let (outcome, _) = try await openssl(["-cmsout", "-print", "-noout", "-inform", "DER", "-in", "p7s"], ["p7s": signed])
        #expect(outcome.text.contains(printed), "\(outcome.text)")
    }

    @Test(arguments: ["1949-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
    func `a time that has no form is an error`(time: String) throws {
        let signer = try Signer(.p256)
        let date = try Date(time, strategy: .iso8601)
        #expect(throws: CMSError.impossibleTime) { try SignedDocument(document, signer: signer.certificate, at: date) }
    }

    @Test func `the attributes to sign are a SET in DER, the same for the same inputs`() throws {
        let signer = try Signer(.p256)
        let now = Date()
        let signed = try SignedDocument(document, signer: signer.certificate, at: now)
        #expect(signed.signedAttributes.first == 0x31)
        #expect(try SignedDocument(document, signer: signer.certificate, at: now).signedAttributes == signed.signedAttributes)
        guard case .constructed(let nodes) = try DER.parse(signed.signedAttributes).content else { throw CMSError.notEncodable }
        let encodings = nodes.map { Array($0.encodedBytes) }
        #expect(encodings.count == 4)
        #expect(encodings == encodings.sorted { $0.lexicographicallyPrecedes($1) }, "DER sorts a SET OF (X.690, 11.6)")
        #expect(signed.signedAttributes.contains(Array(SHA256.hash(data: document))))
        #expect(signed.signedAttributes.contains(Array(SHA256.hash(data: signer.certificate))), "RFC 5035, 3")
    }

    @Test func `bytes that are no certificate are refused, wherever they end`() throws {
        let certificate = try Signer(.p256).certificate
        #expect(throws: CMSError.malformedCertificate) { try SignedDocument([], signer: [], at: Date()) }
        for end in stride(from: 0, to: certificate.count, by: 7) {
            #expect(throws: CMSError.malformedCertificate) {
                try SignedDocument([], signer: Array(certificate.prefix(end)), at: Date())
            }
        }
        for bytes in [[0x30, 0x00], [0x30, 0x02, 0x30, 0x00], [0x31, 0x80], [UInt8](repeating: 0x30, count: 400)] as [[UInt8]] {
            #expect(throws: CMSError.self) { try SignedDocument([], signer: bytes, at: Date()) }
        }
    }

    @Test func `every error is a sentence with a next step`() {
        for error in [CMSError.malformedCertificate, .unusableKey, .impossibleTime, .notEncodable] {
            #expect(error.description.count > 10 && error.hint.count > 10 && !error.description.hasSuffix("."))
        }
    }

    @Test(arguments: Signer.Kind.allCases)
    func `signed attributes are known for what they are, and nothing else is`(kind: Signer.Kind) throws {
        let attributes = try SignedDocument([1, 2, 3], signer: Signer(kind).certificate, at: Date()).signedAttributes
        #expect(SignedDocument.resemblesSignedAttributes(attributes))
        #expect(!SignedDocument.resemblesSignedAttributes(Array(attributes.dropLast())))
        #expect(!SignedDocument.resemblesSignedAttributes(attributes + [0]))
        #expect(!SignedDocument.resemblesSignedAttributes(Array("%PDF-1.7".utf8)))
        #expect(!SignedDocument.resemblesSignedAttributes([0x31, 0x00]))
        #expect(!SignedDocument.resemblesSignedAttributes([]))
    }
}
