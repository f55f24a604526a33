import Crypto
import DeviceProtocol
import Foundation
import Testing

@testable import ScanChallenge

@Suite struct ScanKeysTests {
    private let secret = SymmetricKey(data: [UInt8](repeating: 3, count: 32))
    private let nonce = [UInt8](repeating: 4, count: 16)

    private func keys(
        secret: [UInt8]? = nil, nonce: [UInt8]? = nil, serial: String = "SC-0001", enrolment: String = "enrolment-1"
    ) throws -> ScanKeys {
        try ScanKeys(
            factorySecret: secret.map { SymmetricKey(data: $0) } ?? self.secret, nonce: nonce ?? self.nonce, serial: DeviceID(serial),
            enrolment: enrolment)
    }

    /// HKDF with one block of output, written out; RFC 5869, 2.2 and 2.3.
    private func hkdf(_ info: [UInt8], count: Int) -> [UInt8] {
        let pseudorandom = HMAC<SHA256>.authenticationCode(for: Data(secret.bytes), using: SymmetricKey(data: nonce))
        let block = HMAC<SHA256>.authenticationCode(for: Data(info + [1]), using: SymmetricKey(data: Data(pseudorandom)))
        return Array(Array(block).prefix(count))
    }

    @Test(arguments: ["key-id", "psk", "ocra"])
    func `a key is HKDF of label, serial and enrolment, each behind its length`(label: String) throws {
        let name = Array("tessera/scan/1/\(label)".utf8)
        let info =
            [0, 0, 0, UInt8(name.count)] + name + [0, 0, 0, 7] + Array("SC-0001".utf8) + [0, 0, 0, 11] + Array("enrolment-1".utf8)
        let keys = try keys()
        let derived = ["key-id": keys.sealing.id.bytes, "psk": keys.sealing.presharedKey.bytes, "ocra": keys.ocra.bytes][label]
        #expect(derived == hkdf(info, count: label == "key-id" ? 8 : 32))
    }

    @Test func `both sides derive the same keys`() throws {
        let fixture = try ScanFixture()
        let device = try keys()
        #expect(fixture.keys.sealing.id == device.sealing.id)
        #expect(fixture.keys.sealing.presharedKey == device.sealing.presharedKey)
        #expect(fixture.keys.ocra == device.ocra)
    }

    @Test func `every input changes every key, and no two keys are equal`() throws {
        let all = [
            try keys(), try keys(secret: [UInt8](repeating: 5, count: 32)), try keys(nonce: [UInt8](repeating: 5, count: 16)),
            try keys(serial: "SC-0002"), try keys(enrolment: "enrolment-2"),
            // The border between serial and enrolment counts.
            try keys(serial: "SC-0001e", enrolment: "nrolment-1"),
        ]
        let secrets = all.flatMap { [$0.sealing.presharedKey.bytes, $0.ocra.bytes] }
        #expect(Set(secrets).count == 2 * all.count)
        #expect(Set(all.map(\.sealing.id)).count == all.count)
        for keys in all { #expect(!keys.sealing.presharedKey.bytes.starts(with: keys.sealing.id.bytes)) }
    }

    @Test(arguments: [0, 15, 17, 32])
    func `a nonce of another size is refused`(count: Int) {
        #expect(throws: ScanError.unusableKey("a pairing nonce has 16 bytes, not \(count)")) {
            try keys(nonce: [UInt8](repeating: 0, count: count))
        }
    }

    @Test(arguments: [0, 16, 31, 33, 64])
    func `a factory secret of another size is refused everywhere`(count: Int) throws {
        let short = [UInt8](repeating: 0, count: count)
        let devicePublicKey = try ScanFixture().record.publicKey
        #expect(throws: ScanError.unusableKey("a factory secret has 32 bytes")) { try keys(secret: short) }
        #expect(throws: ScanError.unusableKey("a factory secret has 32 bytes")) {
            try ScanFactoryRecord(serial: DeviceID("SC-1"), publicKey: devicePublicKey, factorySecret: SymmetricKey(data: short))
        }
    }

    @Test func `an enrolment without a name is refused`() {
        #expect(throws: ScanError.unusableKey("an enrolment has a name")) { try keys(enrolment: "") }
    }

    @Test(arguments: [0, 7, 9])
    func `a key id has eight bytes`(count: Int) {
        #expect(throws: ScanError.unusableKey("a key id has 8 bytes, not \(count)")) { try ScanKeyID([UInt8](repeating: 1, count: count)) }
    }

    @Test(arguments: [0, 16, 31, 33])
    func `a pre-shared key has the entropy that RFC 9180 wants`(count: Int) throws {
        let id = try ScanKeyID([UInt8](repeating: 1, count: 8))
        #expect(throws: ScanError.unusableKey("a pre-shared key has 32 bytes")) {
            try ScanSealingKey(id: id, presharedKey: SymmetricKey(data: [UInt8](repeating: 1, count: count)))
        }
    }

    @Test(arguments: ["", String(repeating: "b", count: 65), "bänk", "bank\n", "bank\u{7F}"])
    func `an issuer's id that devices could not show is refused`(id: String) throws {
        let key = Curve25519.KeyAgreement.PrivateKey()
        #expect(throws: ScanError.self) { try ScanIssuer(id: id, privateKey: key) }
        #expect(throws: ScanError.self) { try ScanIssuerIdentity(id: id, publicKey: key.publicKey) }
    }

    @Test(arguments: ["b", "bank.example", "Bank of Examples, Luxembourg", String(repeating: "b", count: 64)])
    func `an issuer's id stands behind the format's name`(id: String) throws {
        let key = Curve25519.KeyAgreement.PrivateKey()
        let issuer = try ScanIssuer(id: id, privateKey: key)
        #expect(issuer.identity.info == Array("tessera/scan/1".utf8) + Array(id.utf8))
        #expect(issuer.identity.publicKey.rawRepresentation == key.publicKey.rawRepresentation)
    }
}
