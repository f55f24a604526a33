import Crypto
import Emulation
import Foundation
import TestSupport
import Testing

@testable import tessera

/// What is said of a certificate, at any time.
@Suite struct CertificateTestTests {
    private static let start = Date(timeIntervalSince1970: 1_800_000_000)
    private static let day: TimeInterval = 86_400

    private func test(_ role: SigningRole, usage: CertificateUsage, key: P256.Signing.PrivateKey = .init()) throws -> CertificateTest {
        let authority = try TestAuthority(now: Self.start)
        let der = try authority.issue(
            holder: "Jo Test", publicKey: Array(key.publicKey.derRepresentation), usage: usage, now: Self.start, validity: 100 * Self.day)
        return try #require(CertificateTest(der, role: role))
    }

    @Test(
        arguments: [
            (-1, Finding.Result.failed, "not before 2027-01-15"), (0, .ok, "until 2027-04-25"), (69, .ok, "until 2027-04-25"),
            (71, .warning, "ends on 2027-04-25, in 29 days"), (99, .warning, "ends on 2027-04-25, in 1 day"),
            (101, .failed, "ended on 2027-04-25"),
        ] as [(Double, Finding.Result, String)])
    func `validity is judged by the clock that is given`(days: Double, result: Finding.Result, detail: String) throws {
        let finding = try test(.signature, usage: .signature).validity(at: Self.start + days * Self.day)
        #expect(finding.result == result)
        #expect(finding.detail == detail)
        #expect((finding.hint == nil) == (result == .ok))
    }

    @Test(arguments: SigningRole.allCases, [CertificateUsage.authentication, .signature, .keyManagement])
    func `a key may do what its certificate says`(role: SigningRole, usage: CertificateUsage) throws {
        let finding = try test(role, usage: usage).usage
        #expect((finding.result == .ok) == (role.rawValue == usage.rawValue), "\(finding)")
    }

    @Test func `a signature of another key, or over something else, fails`() throws {
        let key = P256.Signing.PrivateKey()
        let test = try test(.authentication, usage: .authentication, key: key)
        var generator = SeededGenerator(seed: 7)
        let message = CertificateTest.challenge(using: &generator)
        let signature = Array(try key.signature(for: Data(message)).derRepresentation)
        #expect(test.judge(signature, over: message).result == .ok)
        #expect(test.judge(signature, over: message + [0]).result == .failed)
        #expect(test.judge([], over: message).result == .failed)
        let foreign = Array(try P256.Signing.PrivateKey().signature(for: Data(message)).derRepresentation)
        #expect(test.judge(foreign, over: message).result == .failed)
    }

    @Test func `the text that is signed agrees to nothing, and is never the same`() {
        var generator = SeededGenerator(seed: 1)
        let texts = (0..<50).map { _ in CertificateTest.challenge(using: &generator) }
        #expect(Set(texts).count == 50)
        #expect(texts.allSatisfy { String(decoding: $0, as: UTF8.self).contains("Nothing is agreed to") })
    }
}
