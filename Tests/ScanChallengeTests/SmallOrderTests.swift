import Crypto
import Testing

@testable import ScanChallenge

/// A seal whose encapsulated key is of small order, and right in every other respect.
///
/// With such a key the first of the two Diffie-Hellman values is zero whatever the device's key is (RFC 7748, 6.1), so
/// whoever makes the seal needs no key of the device. It is a ``HandmadeSeal``, because no library makes one.
@Suite struct SmallOrderTests {
    private let fixture: ScanFixture

    init() throws { fixture = try ScanFixture() }

    /// The envelope that HPKE makes of `plaintext` with this encapsulated key and Diffie-Hellman value.
    private func envelope(_ plaintext: [UInt8], encapsulated: [UInt8], ephemeral secret: [UInt8]) throws -> ScanEnvelope {
        try HandmadeSeal(
            plaintext, encapsulated: encapsulated, ephemeralSecret: secret, device: fixture.device.publicKey, keys: fixture.keys.sealing,
            issuer: fixture.issuer
        ).envelope
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
