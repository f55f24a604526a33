public import Crypto
public import DeviceProtocol

/// What the factory tells the issuer of one device.
///
/// The device itself keeps the private half of the key, and ``ScanIssuerIdentity``.
public struct ScanFactoryRecord: Sendable {
    /// The number of bytes of ``factorySecret``.
    public static let secretByteCount = 32

    /// The number on its back.
    public let serial: DeviceID
    /// The device's X25519 key (RFC 7748): every challenge is sealed to it.
    public let publicKey: Curve25519.KeyAgreement.PublicKey
    /// Kf, 32 bytes that device and issuer share: all keys of an enrolment come from it.
    public let factorySecret: SymmetricKey

    /// A record.
    ///
    /// - Throws: ``ScanError/unusableKey(_:)`` when the secret has not 32 bytes, or the public key is of small order (RFC 9180, 7.1.4).
    public init(serial: DeviceID, publicKey: Curve25519.KeyAgreement.PublicKey, factorySecret: SymmetricKey) throws(ScanError) {
        guard factorySecret.bitCount == Self.secretByteCount * 8 else { throw .unusableKey("a factory secret has 32 bytes") }
        guard !publicKey.isOfSmallOrder else { throw .unusableKey("the device's public key is of small order") }
        self.serial = serial
        self.publicKey = publicKey
        self.factorySecret = factorySecret
    }
}
