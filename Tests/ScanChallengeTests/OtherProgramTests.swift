import Crypto
import DeviceProtocol
import Foundation
import TestSupport
import Testing

@testable import ScanChallenge

/// Challenges that a program in another language sealed, with another implementation of HPKE, HKDF and HMAC.
@Suite struct OtherProgramTests {
    struct Sealed: Decodable {
        struct Row: Decodable {
            let kind: String
            let payload: HexBytes
            let text: String
            let scanCode: String
            let mobileCode: String
        }
        let issuerID: String
        let issuerPrivateKey: HexBytes
        let devicePrivateKey: HexBytes
        let factorySecret: HexBytes
        let nonce: HexBytes
        let serial: String
        let enrolment: String
        let keyID: HexBytes
        let presharedKey: HexBytes
        let ocraKey: HexBytes
        let rows: [Row]
    }

    private let sealed: Sealed
    private let issuer: ScanIssuer
    private let device: Curve25519.KeyAgreement.PrivateKey
    private let keys: ScanKeys
    private let serial: DeviceID

    init() throws {
        sealed = try Fixture.json("scan/sealed-pyhpke.json")
        issuer = try ScanIssuer(id: sealed.issuerID, privateKey: .init(rawRepresentation: sealed.issuerPrivateKey.bytes))
        device = try .init(rawRepresentation: sealed.devicePrivateKey.bytes)
        serial = try DeviceID(sealed.serial)
        keys = try ScanKeys(
            factorySecret: SymmetricKey(data: sealed.factorySecret.bytes), nonce: sealed.nonce.bytes, serial: serial,
            enrolment: sealed.enrolment)
    }

    @Test func `the same keys are derived`() {
        #expect(keys.sealing.id.bytes == sealed.keyID.bytes)
        #expect(keys.sealing.presharedKey.bytes == sealed.presharedKey.bytes)
        #expect(keys.ocra.bytes == sealed.ocraKey.bytes)
    }

    @Test func `what it sealed opens, byte for byte, and gives its codes`() throws {
        #expect(sealed.rows.map(\.kind) == ["login", "beneficiary", "payment"])
        for row in sealed.rows {
            let payload = try ScanSeal.open(row.text, device: device, keys: keys.sealing, issuer: issuer.identity)
            #expect(payload.der == row.payload.bytes, "\(row.kind)")
            #expect(try ScanEnvelope(parsing: row.text).text == row.text)
            let challenge = payload.challenge
            #expect(try ScanCode.compute(ocraKey: keys.ocra, challenge: challenge, device: serial, kind: .scan) == row.scanCode)
            #expect(try ScanCode.compute(ocraKey: keys.ocra, challenge: challenge, device: serial, kind: .mobile) == row.mobileCode)
        }
    }

    @Test func `epoch and counter are where it put them`() throws {
        let sequences = try sealed.rows.map {
            try ScanSeal.open($0.text, device: device, keys: keys.sealing, issuer: issuer.identity).sequence
        }
        let expected = [(0, 1), (0, 2), (3, 0x0102_0304)].map { ScanSequence(epoch: $0.0, counter: $0.1) }
        #expect(sequences == expected)
    }
}
