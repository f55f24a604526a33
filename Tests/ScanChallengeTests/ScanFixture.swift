import Crypto
import DeviceProtocol
import Foundation

@testable import ScanChallenge

/// One issuer and one paired device with keys that never change.
struct ScanFixture {
    let issuer: ScanIssuer
    let device: Curve25519.KeyAgreement.PrivateKey
    let record: ScanFactoryRecord
    let keys: ScanKeys

    init(issuer id: String = "bank.example", issuerSeed: UInt8 = 1, deviceSeed: UInt8 = 2, serial: String = "SC-0001", secret: UInt8 = 3)
        throws
    {
        issuer = try ScanIssuer(id: id, privateKey: .init(rawRepresentation: [UInt8](repeating: issuerSeed, count: 32)))
        device = try .init(rawRepresentation: [UInt8](repeating: deviceSeed, count: 32))
        record = try ScanFactoryRecord(
            serial: DeviceID(serial), publicKey: device.publicKey, factorySecret: SymmetricKey(data: [UInt8](repeating: secret, count: 32)))
        keys = try ScanKeys(record: record, nonce: [UInt8](repeating: 4, count: 16), enrolment: "enrolment-1")
    }

    func seal(_ payload: ScanPayload) throws -> String {
        try ScanSeal.seal(payload, to: record.publicKey, keys: keys.sealing, issuer: issuer)
    }

    func open(_ text: String) throws(ScanError) -> ScanPayload {
        try ScanSeal.open(text, device: device, keys: keys.sealing, issuer: issuer.identity)
    }

    static func payment(
        id: UInt8 = 7, origin: String = "bank.example", iban: String = "LU280019400644750000", units: Int64 = 1250,
        currency: String = "EUR",
        payee: String = "Ada Lovelace", reference: String = "Invoice 1843", issuedAt: TimeInterval = 1_700_000_000, timeToLive: Int = 120
    ) throws -> Challenge {
        try Challenge(
            id: ChallengeID([UInt8](repeating: id, count: 16)), origin: origin, issuedAt: Date(timeIntervalSince1970: issuedAt),
            timeToLive: timeToLive,
            content: .payment(
                Payment(
                    iban: IBAN(iban), amount: Amount(minorUnits: units, currency: Currency(currency)), payee: payee, reference: reference)))
    }

    static func payload(counter: UInt32 = 1) throws -> ScanPayload {
        try ScanPayload(sequence: ScanSequence(epoch: 0, counter: counter), challenge: payment())
    }
}

extension SymmetricKey {
    var bytes: [UInt8] { withUnsafeBytes { Array($0) } }
}
