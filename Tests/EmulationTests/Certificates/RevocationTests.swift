import Crypto
import Foundation
import SwiftASN1
import TestSupport
import Testing

@testable import Emulation

/// What cannot be seen through openssl, the judge of lists and answers in PeerTests.
@Suite struct RevocationTests {
    private static let status: [UInt8] = [0x30, 0x03, 0x0A, 0x01]

    /// A request without nonce: the certificate's issuer as SHA-1 hashes, as openssl asks.
    private func request(_ serial: [UInt8], issuer: TestAuthority, hash: ASN1ObjectIdentifier = [1, 3, 14, 3, 2, 26]) throws -> [UInt8] {
        let name = try DER.bytes { try $0.serialize(issuer.name) }
        let key = Array(issuer.key.publicKey.x963Representation)
        return try DER.bytes { coder throws in
            try coder.sequence { coder throws in
                try coder.sequence { coder throws in
                    try coder.sequence { coder throws in
                        try coder.sequence { coder throws in
                            try coder.sequence { coder throws in
                                try coder.sequence { try $0.serialize(hash) }
                                try coder.serialize(ASN1OctetString(contentBytes: Array(Insecure.SHA1.hash(data: name))[...]))
                                try coder.serialize(ASN1OctetString(contentBytes: Array(Insecure.SHA1.hash(data: key))[...]))
                                try coder.serialize(serial[...])
                            }
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: [[], [0x30], [0x30, 0x00], [0x30, 0x02, 0x30, 0x00], Array("GET / HTTP/1.1".utf8)] as [[UInt8]])
    func `what is no request is malformed`(bytes: [UInt8]) throws {
        let authority = try TestCards.authority()
        #expect(authority.ocspResponse(to: bytes, revoked: [], now: TestCards.now) == Self.status + [0x01])
    }

    @Test func `a request cut short or changed is answered all the same`() throws {
        let authority = try TestCards.authority()
        let whole = try request([0x01, 0x02], issuer: authority)
        for count in 0..<whole.count {
            #expect(authority.ocspResponse(to: Array(whole.prefix(count)), revoked: [], now: TestCards.now) == Self.status + [0x01])
        }
        var generator = SeededGenerator(seed: 6960)
        for _ in 0..<500 {
            var changed = whole
            changed[Int.random(in: 0..<whole.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            #expect(authority.ocspResponse(to: changed, revoked: [], now: TestCards.now).count >= 5)
        }
    }

    @Test func `an issuer under a hash that nobody knows is unknown, and one that is known is not`() throws {
        let authority = try TestCards.authority()
        // [2], empty: unknown; [0], empty: good.
        let unknown = authority.ocspResponse(
            to: try request([5], issuer: authority, hash: [1, 2, 3]), revoked: [], now: TestCards.now)
        #expect(contains(unknown, [0x82, 0x00]))
        let good = authority.ocspResponse(to: try request([5], issuer: authority), revoked: [], now: TestCards.now)
        #expect(contains(good, [0x80, 0x00, 0x18]))
        #expect(!contains(good, [0x82, 0x00, 0x18]))
    }

    @Test func `serial numbers are compared without their leading zeroes`() throws {
        let authority = try TestCards.authority()
        let revoked = RevokedCertificate(serialNumber: [0x00, 0xFF, 0x01], date: TestCards.now)
        #expect(revoked.serialNumber == [0xFF, 0x01])
        let answer = authority.ocspResponse(to: try request([0xFF, 0x01], issuer: authority), revoked: [revoked], now: TestCards.now)
        // [1] with a GeneralizedTime alone: revoked, no reason.
        #expect(contains(answer, [0xA1, 0x11, 0x18, 0x0F]))
    }

    @Test func `what is no certificate has no serial number`() throws {
        #expect(throws: TestAuthorityError.unreadableCertificate) { try TestAuthority.serialNumber(of: [0x30, 0x00]) }
        #expect(try !TestAuthority.serialNumber(of: TestCards.authority().root).isEmpty)
    }

    @Test(
        arguments: [
            (TestAuthorityError.tooLate(Date(timeIntervalSince1970: 0)), "1970-01-01T00:00:00Z"), (.noRoomBelow, "no further"),
            (.unreadableCertificate, "DER"), (.unreadableAuthority, "two keys"),
            (.unreadablePublicKey, "P-256"), (.notEncodable("why"), "why"),
        ])
    func `each error says what is wrong`(error: TestAuthorityError, text: String) {
        #expect(error.description.contains(text))
    }

    private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        bytes.indices.contains { bytes[$0...].starts(with: part) }
    }
}
