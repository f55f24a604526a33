import Crypto
import DeviceProtocol
import Foundation

/// How keys come from what the factory put into a device: HKDF-SHA256 (RFC 5869) of Kf, with the pairing's nonce as salt.
///
/// The info of each key is its label, the serial number and the enrolment's id, each behind its length in four bytes, most
/// significant first.
struct ScanKeyDerivation {
    private let factorySecret: SymmetricKey
    private let nonce: [UInt8]
    private let serial: DeviceID
    private let enrolment: String

    init(factorySecret: SymmetricKey, nonce: [UInt8], serial: DeviceID, enrolment: String) throws(ScanError) {
        guard nonce.count == ScanKeys.nonceByteCount else { throw .unusableKey("a pairing nonce has 16 bytes, not \(nonce.count)") }
        guard !enrolment.isEmpty else { throw .unusableKey("an enrolment has a name") }
        try self.init(unchecked: factorySecret, nonce, serial, enrolment)
    }

    /// For what is sealed before there is a nonce: salt and enrolment are empty.
    init(factorySecret: SymmetricKey, serial: DeviceID) throws(ScanError) {
        try self.init(unchecked: factorySecret, [], serial, "")
    }

    private init(unchecked secret: SymmetricKey, _ nonce: [UInt8], _ serial: DeviceID, _ enrolment: String) throws(ScanError) {
        guard secret.bitCount == ScanFactoryRecord.secretByteCount * 8 else { throw .unusableKey("a factory secret has 32 bytes") }
        factorySecret = secret
        self.nonce = nonce
        self.serial = serial
        self.enrolment = enrolment
    }

    /// The key with this label.
    func key(_ label: String, bytes: Int) -> SymmetricKey {
        let info = [label, serial.rawValue, enrolment].lengthPrefixed
        return HKDF<SHA256>.deriveKey(inputKeyMaterial: factorySecret, salt: nonce, info: info, outputByteCount: bytes)
    }

    /// A pre-shared key of HPKE, with its name.
    func sealingKey(id: String, secret: String) throws(ScanError) -> ScanSealingKey {
        let name = unsafe key(id, bytes: ScanKeyID.byteCount).withUnsafeBytes { unsafe Array($0) }
        return try ScanSealingKey(id: ScanKeyID(name), presharedKey: key(secret, bytes: 32))
    }
}
