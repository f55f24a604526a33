import Emulation
import Foundation
import TestSupport
import Testing

/// A PIV card in the private pcscd, other people's tools that manage it, and an authority for its certificates.
struct PIVManagementBench {
    let card: OpenSCBench
    let authority: TestAuthority
    let now: Date

    /// The well-known management key, as the tools want it.
    static let wellKnownKey = "010203040506070801020304050607080102030405060708"

    /// Inserts a card with keys of P-256 for as long as `body` runs.
    static func withCard(_ options: PIVOptions, _ body: (PIVManagementBench) async throws -> Void) async throws {
        var made: (TestAuthority, Date)?
        try await OpenSCBench.withCard({ authority, now in
            made = (authority, now)
            return try .piv(holder: "Test Holder", keys: .p256, tries: 3, authority: authority, now: now, options: options)
        }) { bench in
            let (authority, now) = try #require(made)
            try await body(PIVManagementBench(card: bench, authority: authority, now: now))
        }
    }

    /// yubico-piv-tool with this card.
    func yubico(_ arguments: String...) async throws -> ChildProgram.Outcome {
        try await ChildProgram.run("yubico-piv-tool", ["--reader", card.reader] + arguments)
    }

    /// yubico-piv-tool with this card, which must succeed; what it says of it.
    @discardableResult
    func yubicoDoes(_ arguments: String..., at location: SourceLocation = #_sourceLocation) async throws -> String {
        let outcome = try await ChildProgram.run("yubico-piv-tool", ["--reader", card.reader] + arguments)
        #expect(outcome.status == 0, "\(arguments): \(outcome.complaints)", sourceLocation: location)
        return outcome.text + outcome.complaints
    }

    /// ykman's PIV commands with this card; they must succeed.
    @discardableResult
    func ykman(_ arguments: String..., at location: SourceLocation = #_sourceLocation) async throws -> String {
        let outcome = try await ChildProgram.run("ykman", ["--reader", card.reader, "piv"] + arguments)
        #expect(outcome.status == 0, "\(arguments): \(outcome.text)\(outcome.complaints)", sourceLocation: location)
        return outcome.text
    }

    /// openssl, which must succeed; what it writes.
    @discardableResult
    func openssl(_ arguments: String..., at location: SourceLocation = #_sourceLocation) async throws -> String {
        let outcome = try await ChildProgram.run("openssl", arguments)
        #expect(outcome.status == 0, "\(arguments): \(outcome.complaints)", sourceLocation: location)
        return outcome.text + outcome.complaints
    }

    func path(_ name: String) -> String { card.path(name) }

    /// Has the authority certify the public key in a PEM file; the certificate is a PEM file too.
    func certify(_ publicKey: String, usage: CertificateUsage, into certificate: String) async throws {
        try await openssl("pkey", "-pubin", "-in", path(publicKey), "-pubout", "-outform", "DER", "-out", path("public.der"))
        let key = try Array(Data(contentsOf: URL(filePath: path("public.der"))))
        try Data(authority.issue(holder: "Managed Holder", publicKey: key, usage: usage, now: now)).write(
            to: URL(filePath: path("issued.der")))
        try await openssl("x509", "-inform", "der", "-in", path("issued.der"), "-out", path(certificate))
        try await openssl("x509", "-inform", "der", "-in", path("root.der"), "-out", path("root.pem"))
    }

    /// The bytes of a certificate in a PEM file.
    func certificate(_ name: String) async throws -> Data {
        try await ChildProgram.run("openssl", ["x509", "-in", path(name), "-outform", "der"]).output
    }
}
