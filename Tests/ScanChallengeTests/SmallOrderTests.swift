import Crypto
import Foundation
import Testing

@testable import ScanChallenge

/// A seal whose encapsulated key is of small order, and right in every other respect.
///
/// With such a key the first of the two Diffie-Hellman values is zero whatever the device's key is (RFC 7748, 6.1), so
/// whoever makes the seal needs no key of the device. It is put together here from RFC 9180, 4.1 and 5.1, because no library
/// makes one.
@Suite struct SmallOrderTests {
    private let fixture: ScanFixture

    init() throws { fixture = try ScanFixture() }

    private func extract(_ suite: [UInt8], _ salt: [UInt8], _ label: String, _ input: [UInt8]) -> [UInt8] {
        let material = SymmetricKey(data: Array("HPKE-v1".utf8) + suite + Array(label.utf8) + input)
        return HKDF<SHA256>.extract(inputKeyMaterial: material, salt: salt).withUnsafeBytes { Array($0) }
    }

    private func expand(_ suite: [UInt8], _ key: [UInt8], _ label: String, _ info: [UInt8], _ count: Int) -> [UInt8] {
        let labelled = [UInt8(count >> 8), UInt8(count & 0xFF)] + Array("HPKE-v1".utf8) + suite + Array(label.utf8) + info
        return HKDF<SHA256>.expand(pseudoRandomKey: key, info: labelled, outputByteCount: count).bytes
    }

    /// The envelope that HPKE makes of `plaintext` (mode AuthPSK, DHKEM X25519, HKDF-SHA256, ChaCha20-Poly1305).
    private func envelope(_ plaintext: [UInt8], encapsulated: [UInt8], ephemeral secret: [UInt8]) throws -> ScanEnvelope {
        let keys = fixture.keys.sealing
        let issuer = fixture.issuer
        let kem = Array("KEM".utf8) + [0x00, 0x20]
        let suite = Array("HPKE".utf8) + [0x00, 0x20, 0x00, 0x01, 0x00, 0x03]
        let device = fixture.device.publicKey
        let second = try issuer.privateKey.sharedSecretFromKeyAgreement(with: device).withUnsafeBytes { Array($0) }
        let context = encapsulated + Array(device.rawRepresentation) + Array(issuer.identity.publicKey.rawRepresentation)
        let shared = expand(kem, extract(kem, [], "eae_prk", secret + second), "shared_secret", context, 32)
        let schedule =
            [0x03] + extract(suite, [], "psk_id_hash", keys.id.bytes) + extract(suite, [], "info_hash", Array(issuer.identity.info))
        let key = extract(suite, shared, "secret", keys.presharedKey.bytes)
        let box = try ChaChaPoly.seal(
            plaintext, using: SymmetricKey(data: expand(suite, key, "key", schedule, 32)),
            nonce: ChaChaPoly.Nonce(data: expand(suite, key, "base_nonce", schedule, 12)),
            authenticating: ScanEnvelope.header(keys.id))
        return ScanEnvelope(keyID: keys.id, encapsulatedKey: encapsulated, ciphertext: Array(box.ciphertext + box.tag))
    }

    @Test func `with a sound key what is put together so opens`() throws {
        let payload = try ScanFixture.payload()
        let ephemeral = Curve25519.KeyAgreement.PrivateKey()
        let secret = try ephemeral.sharedSecretFromKeyAgreement(with: fixture.device.publicKey).withUnsafeBytes { Array($0) }
        let envelope = try envelope(payload.der, encapsulated: Array(ephemeral.publicKey.rawRepresentation), ephemeral: secret)
        #expect(try fixture.open(envelope.text) == payload)
    }

    @Test(arguments: ScanSealTests.smallOrder)
    func `with a key of small order it does not`(point: [UInt8]) throws {
        let envelope = try envelope(
            ScanFixture.payload().der, encapsulated: point, ephemeral: [UInt8](repeating: 0, count: 32))
        #expect(throws: ScanError.notAuthentic) { try fixture.open(envelope.text) }
    }
}
