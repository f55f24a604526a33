public import Crypto
import Foundation

/// Seals payloads to one device, and opens them there.
///
/// HPKE (RFC 9180) in mode AuthPSK with X25519, HKDF-SHA256 and ChaCha20-Poly1305: only this device can read it, and only
/// who holds both the issuer's static key and the enrolment's pre-shared key can have made it.
public enum ScanSeal {
    static let suite = HPKE.Ciphersuite.Curve25519_SHA256_ChachaPoly

    /// Seals a payload: the text of the QR code.
    ///
    /// - Parameters:
    ///   - payload: the challenge and its place in the order.
    ///   - device: the device's key, from ``ScanFactoryRecord/publicKey``.
    ///   - keys: the enrolment's sealing key.
    ///   - issuer: who seals.
    /// - Throws: ``ScanError/tooLarge(characters:limit:)``; ``ScanError/unusableKey(_:)`` when the cryptographic library refuses.
    public static func seal(
        _ payload: ScanPayload, to device: Curve25519.KeyAgreement.PublicKey, keys: ScanSealingKey, issuer: ScanIssuer
    ) throws(ScanError) -> String {
        try seal(payload.der, to: device, keys: keys, issuer: issuer)
    }

    /// Seals bytes that say themselves what they are.
    static func seal(
        _ bytes: [UInt8], to device: Curve25519.KeyAgreement.PublicKey, keys: ScanSealingKey, issuer: ScanIssuer
    ) throws(ScanError) -> String {
        let envelope: ScanEnvelope
        do {
            var sender = try HPKE.Sender(
                recipientKey: device, ciphersuite: suite, info: Data(issuer.identity.info), authenticatedBy: issuer.privateKey,
                presharedKey: keys.presharedKey, presharedKeyIdentifier: Data(keys.id.bytes))
            let ciphertext = try sender.seal(bytes, authenticating: ScanEnvelope.header(keys.id))
            envelope = ScanEnvelope(keyID: keys.id, encapsulatedKey: Array(sender.encapsulatedKey), ciphertext: Array(ciphertext))
        } catch {
            throw .unusableKey("sealing failed: \(error)")
        }
        let text = envelope.text
        guard text.utf8.count <= ScanEnvelope.characterLimit else {
            throw .tooLarge(characters: text.utf8.count, limit: ScanEnvelope.characterLimit)
        }
        return text
    }

    /// Opens the text of a QR code on the device.
    ///
    /// - Throws: as ``ScanEnvelope/init(parsing:)`` and ``open(_:device:keys:issuer:)-(ScanEnvelope,_,_,_)``.
    public static func open(
        _ text: String, device: Curve25519.KeyAgreement.PrivateKey, keys: ScanSealingKey, issuer: ScanIssuerIdentity
    ) throws(ScanError) -> ScanPayload {
        try open(ScanEnvelope(parsing: text), device: device, keys: keys, issuer: issuer)
    }

    /// Opens what was taken apart before.
    ///
    /// - Parameters:
    ///   - envelope: what was scanned.
    ///   - device: the device's own key.
    ///   - keys: the enrolment's sealing key.
    ///   - issuer: from whom alone the device takes challenges.
    /// - Throws: ``ScanError/notAuthentic`` when it is for another device, from another issuer or altered;
    ///   ``ScanError/invalidContent(_:)`` when it is authentic and yet no challenge.
    public static func open(
        _ envelope: ScanEnvelope, device: Curve25519.KeyAgreement.PrivateKey, keys: ScanSealingKey, issuer: ScanIssuerIdentity
    ) throws(ScanError) -> ScanPayload {
        try ScanPayload(der: openBytes(envelope, device: device, keys: keys, issuer: issuer))
    }

    /// Opens what was sealed, whatever it is.
    static func openBytes(
        _ envelope: ScanEnvelope, device: Curve25519.KeyAgreement.PrivateKey, keys: ScanSealingKey, issuer: ScanIssuerIdentity
    ) throws(ScanError) -> [UInt8] {
        guard envelope.keyID == keys.id else { throw .notAuthentic }
        let plaintext: Data
        do {
            let ephemeral = try Curve25519.KeyAgreement.PublicKey(rawRepresentation: envelope.encapsulatedKey)
            guard !ephemeral.isOfSmallOrder else { throw ScanError.notAuthentic }
            var recipient = try HPKE.Recipient(
                privateKey: device, ciphersuite: suite, info: Data(issuer.info), encapsulatedKey: Data(envelope.encapsulatedKey),
                authenticatedBy: issuer.publicKey, presharedKey: keys.presharedKey, presharedKeyIdentifier: Data(keys.id.bytes))
            plaintext = try recipient.open(envelope.ciphertext, authenticating: ScanEnvelope.header(keys.id))
        } catch {
            throw .notAuthentic
        }
        return Array(plaintext)
    }
}
