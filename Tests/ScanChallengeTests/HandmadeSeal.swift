import Crypto
import Foundation

@testable import ScanChallenge

/// A seal that is put together from RFC 9180, 4.1 and 5.1, with all that comes up on the way.
///
/// HPKE in mode AuthPSK with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and ChaCha20-Poly1305. No library takes an ephemeral key, and
/// so none makes the same seal twice, or a wrong one.
struct HandmadeSeal {
    let envelope: ScanEnvelope
    /// By the names of RFC 9180, in the order of its clauses.
    let steps: [(name: String, bytes: [UInt8])]

    /// - Parameters:
    ///   - plaintext: what is sealed.
    ///   - encapsulated: HPKE's `enc`.
    ///   - ephemeralSecret: the Diffie-Hellman value of ephemeral key and device.
    init(
        _ plaintext: [UInt8], encapsulated: [UInt8], ephemeralSecret: [UInt8], device: Curve25519.KeyAgreement.PublicKey,
        keys: ScanSealingKey, issuer: ScanIssuer
    ) throws {
        let kem = Array("KEM".utf8) + [0x00, 0x20]
        let suite = Array("HPKE".utf8) + [0x00, 0x20, 0x00, 0x01, 0x00, 0x03]
        let second = try issuer.privateKey.sharedSecretFromKeyAgreement(with: device).withUnsafeBytes { Array($0) }
        let context = encapsulated + Array(device.rawRepresentation) + Array(issuer.identity.publicKey.rawRepresentation)
        let shared = Self.expand(kem, Self.extract(kem, [], "eae_prk", ephemeralSecret + second), "shared_secret", context, 32)
        let pskIDHash = Self.extract(suite, [], "psk_id_hash", keys.id.bytes)
        let infoHash = Self.extract(suite, [], "info_hash", Array(issuer.identity.info))
        let schedule = [0x03] + pskIDHash + infoHash
        let secret = Self.extract(suite, shared, "secret", keys.presharedKey.bytes)
        let key = Self.expand(suite, secret, "key", schedule, 32)
        let nonce = Self.expand(suite, secret, "base_nonce", schedule, 12)
        let header = ScanEnvelope.header(keys.id)
        let box = try ChaChaPoly.seal(
            plaintext, using: SymmetricKey(data: key), nonce: ChaChaPoly.Nonce(data: nonce), authenticating: header)
        let ciphertext = Array(box.ciphertext + box.tag)
        envelope = ScanEnvelope(keyID: keys.id, encapsulatedKey: encapsulated, ciphertext: ciphertext)
        steps = [
            ("enc", encapsulated), ("dh", ephemeralSecret + second), ("kem_context", context), ("shared_secret", shared),
            ("info", issuer.identity.info), ("psk_id_hash", pskIDHash), ("info_hash", infoHash), ("key_schedule_context", schedule),
            ("secret", secret), ("key", key), ("base_nonce", nonce), ("aad", header), ("ct", ciphertext),
        ]
    }

    private static func extract(_ suite: [UInt8], _ salt: [UInt8], _ label: String, _ input: [UInt8]) -> [UInt8] {
        let material = SymmetricKey(data: Array("HPKE-v1".utf8) + suite + Array(label.utf8) + input)
        return HKDF<SHA256>.extract(inputKeyMaterial: material, salt: salt).withUnsafeBytes { Array($0) }
    }

    private static func expand(_ suite: [UInt8], _ key: [UInt8], _ label: String, _ info: [UInt8], _ count: Int) -> [UInt8] {
        let labelled = [UInt8(count >> 8), UInt8(count & 0xFF)] + Array("HPKE-v1".utf8) + suite + Array(label.utf8) + info
        return HKDF<SHA256>.expand(pseudoRandomKey: key, info: labelled, outputByteCount: count).bytes
    }
}
