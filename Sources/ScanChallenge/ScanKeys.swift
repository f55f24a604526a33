public import Crypto
public import DeviceProtocol

/// The keys of one enrolment of one device, the same on both sides.
///
/// The sealer needs ``sealing`` and the verifier ``ocra``: an issuer can keep them apart, under different wrapping keys.
public struct ScanKeys: Sendable {
    /// The number of bytes of a pairing nonce.
    public static let nonceByteCount = 16

    /// What challenges are sealed with.
    public let sealing: ScanSealingKey
    /// What codes are computed with, 32 bytes; RFC 6287.
    public let ocra: SymmetricKey

    /// Keys that were kept since the pairing.
    public init(sealing: ScanSealingKey, ocra: SymmetricKey) {
        self.sealing = sealing
        self.ocra = ocra
    }

    /// Derives the keys of an enrolment: HKDF-SHA256 (RFC 5869) of Kf, with the nonce as salt.
    ///
    /// The info of each key is its label, the serial number and the enrolment's id, each behind its length in four bytes, most
    /// significant first.
    ///
    /// - Parameters:
    ///   - factorySecret: Kf, 32 bytes.
    ///   - nonce: 16 random bytes, new for each pairing.
    ///   - serial: the device.
    ///   - enrolment: the issuer's name for the enrolment, not empty.
    /// - Throws: ``ScanError/unusableKey(_:)`` for a secret, nonce or enrolment of another size.
    public init(factorySecret: SymmetricKey, nonce: [UInt8], serial: DeviceID, enrolment: String) throws(ScanError) {
        let derivation = try ScanKeyDerivation(factorySecret: factorySecret, nonce: nonce, serial: serial, enrolment: enrolment)
        self.init(
            sealing: try derivation.sealingKey(id: "tessera/scan/1/key-id", secret: "tessera/scan/1/psk"),
            ocra: derivation.key("tessera/scan/1/ocra", bytes: 32))
    }

    /// Derives the keys on the issuer's side, from what the factory told.
    ///
    /// - Throws: as ``init(factorySecret:nonce:serial:enrolment:)``.
    public init(record: ScanFactoryRecord, nonce: [UInt8], enrolment: String) throws(ScanError) {
        try self.init(factorySecret: record.factorySecret, nonce: nonce, serial: record.serial, enrolment: enrolment)
    }
}

/// What challenges for one enrolment are sealed with.
public struct ScanSealingKey: Sendable {
    /// Which key this is; stands in the clear before the ciphertext, and is HPKE's `psk_id`.
    public let id: ScanKeyID
    /// HPKE's `psk`, 32 bytes; RFC 9180, 5.1.2.
    public let presharedKey: SymmetricKey

    /// A sealing key.
    ///
    /// - Throws: ``ScanError/unusableKey(_:)`` unless the key has 32 bytes, the entropy that RFC 9180, 9.5 wants.
    public init(id: ScanKeyID, presharedKey: SymmetricKey) throws(ScanError) {
        guard presharedKey.bitCount == 256 else { throw .unusableKey("a pre-shared key has 32 bytes") }
        self.id = id
        self.presharedKey = presharedKey
    }
}

/// The 8 bytes that name a sealing key.
public struct ScanKeyID: Hashable, Sendable {
    /// The number of bytes.
    public static let byteCount = 8

    /// 8 bytes.
    public let bytes: [UInt8]

    /// Takes 8 bytes.
    ///
    /// - Throws: ``ScanError/unusableKey(_:)`` for any other number.
    public init(_ bytes: [UInt8]) throws(ScanError) {
        guard bytes.count == Self.byteCount else { throw .unusableKey("a key id has 8 bytes, not \(bytes.count)") }
        self.bytes = bytes
    }
}
