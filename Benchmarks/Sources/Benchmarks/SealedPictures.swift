import Crypto
import DeviceProtocol
import Foundation
import Pictures
import ScanChallenge

/// A payment sealed to a Scan and drawn: what the bank's page shows, from the challenge to the PNG file.
final class SealedPictures: Workload {
    let name = "ScanSeal.seal, QRCode.png"
    private let issuer: ScanIssuer
    private let device = Curve25519.KeyAgreement.PrivateKey()
    private let keys: ScanSealingKey
    private let payload: ScanPayload

    init() throws {
        issuer = try ScanIssuer(id: "bank.example", privateKey: .init())
        keys = try ScanSealingKey(id: ScanKeyID([1, 2, 3, 4, 5, 6, 7, 8]), presharedKey: SymmetricKey(size: .bits256))
        let payment = try Payment(
            iban: IBAN("LU280019400644750000"), amount: Amount(minorUnits: 1250, currency: Currency("EUR")), payee: "Ada Lovelace",
            reference: "Invoice 1843")
        var random = SystemRandomNumberGenerator()
        payload = try ScanPayload(
            sequence: ScanSequence(epoch: 1, counter: 1),
            challenge: Challenge(
                id: ChallengeID(using: &random), origin: "bank.example", issuedAt: Date(timeIntervalSince1970: 1_800_000_000),
                content: .payment(payment)))
    }

    /// One sealed text; all have the same length.
    func example() throws -> String { try ScanSeal.seal(payload, to: device.publicKey, keys: keys, issuer: issuer) }

    /// What the device does with such a text.
    func open(_ text: String) throws -> ScanPayload { try ScanSeal.open(text, device: device, keys: keys, issuer: issuer.identity) }

    func run(_ count: Int) throws {
        for _ in 0..<count { keep(try QRCode(encoding: example()).png()) }
    }
}
