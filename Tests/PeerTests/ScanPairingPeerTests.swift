import Crypto
import DeviceProtocol
import Foundation
import ISO7816
import ScanChallenge
import TestSupport
import Testing

/// Pairing with a device in Python, written from `Docs/ScanChallenge.md` alone: our bank accepts its codes, and nobody else's.
@Suite struct ScanPairingPeerTests {
    private struct Request: Encodable {
        struct PhoneKey: Encodable {
            let algorithm: String
            let publicKey: String

            enum CodingKeys: String, CodingKey {
                case algorithm
                case publicKey = "public key"
            }
        }

        let keys: [String: String]
        let offer: String
        var confirmation: String?
        var answerKey: PhoneKey?

        enum CodingKeys: String, CodingKey {
            case keys, offer, confirmation
            case answerKey = "answer key"
        }
    }

    private let issuer: ScanIssuer
    private let record: ScanFactoryRecord
    private let device: [String: String]

    init() throws {
        let privateKey = Curve25519.KeyAgreement.PrivateKey()
        let secret = SymmetricKey(size: .bits256)
        issuer = try ScanIssuer(id: "bank.example", privateKey: .init())
        record = try ScanFactoryRecord(serial: DeviceID("SC-0042"), publicKey: privateKey.publicKey, factorySecret: secret)
        device = [
            "issuer id": issuer.identity.id, "issuer public key": Self.hexadecimal(issuer.identity.publicKey.rawRepresentation),
            "serial": "SC-0042", "device private key": Self.hexadecimal(privateKey.rawRepresentation),
            "Kf": Self.hexadecimal(secret.withUnsafeBytes { Array($0) }),
        ]
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func pairing(_ number: UInt32) throws -> ScanPairing {
        var random = SystemRandomNumberGenerator()
        let place = ScanSequence(epoch: 1, counter: number)
        return try ScanPairing(record, enrolment: "E-\(number)", sequence: place, issuer: issuer, using: &random)
    }

    private func ask(_ request: Request) async throws -> [String: String] {
        let input = String(decoding: try JSONEncoder().encode(request), as: UTF8.self)
        let lines = try await Python.lines("scan_pairing.py", [Python.document("ScanChallenge.md")], input: input)
        return try JSONDecoder().decode([String: String].self, from: Data(try #require(lines.last).utf8))
    }

    @Test(arguments: [nil, AnswerKey.Algorithm.ed25519, .p256])
    func `its codes pair it, and the keys on both sides are the same`(_ algorithm: AnswerKey.Algorithm?) async throws {
        let answerKey: AnswerKey? =
            switch algorithm {
            case nil: nil
            case .ed25519: try AnswerKey(.ed25519, publicKey: Array(Curve25519.Signing.PrivateKey().publicKey.rawRepresentation))
            case .p256: try AnswerKey(.p256, publicKey: Array(P256.Signing.PrivateKey().publicKey.x963Representation))
            }
        var pairing = try pairing(1)
        var request = Request(keys: device, offer: pairing.offer)
        let first = try await ask(request)
        #expect(try pairing.take(firstCode: try #require(first["first code"], "\(first)"), issuer: issuer) == .accepted)
        request.confirmation = pairing.confirmation
        request.answerKey = answerKey.map { .init(algorithm: $0.algorithm.rawValue, publicKey: Self.hexadecimal($0.publicKey)) }
        let second = try await ask(request)
        let code = try #require(second["second code"], "\(second)")
        if answerKey != nil {
            var other = pairing
            #expect(other.take(secondCode: code) == .wrong(triesLeft: 4))
        }
        #expect(pairing.take(secondCode: code, answerKey: answerKey) == .accepted)
        #expect(pairing.take(serial: "SC-0042") == .accepted)
        let nonce = try #require(second["nonce"].flatMap { [UInt8](hexadecimal: $0) })
        let keys = try ScanKeys(record: record, nonce: nonce, enrolment: "E-1")
        #expect(second["enrolment id"] == "E-1")
        #expect(pairing.keys?.ocra == keys.ocra)
        #expect(pairing.keys?.sealing.id == keys.sealing.id)
    }

    @Test func `it refuses the codes of another bank, another device and another pairing`() async throws {
        var (pairing, other, stranger) = (try pairing(1), try pairing(2), try ScanPairingPeerTests().pairing(1))
        #expect(try await ask(Request(keys: device, offer: stranger.offer))["refused"] == "for another device")
        var foreign = device
        foreign["issuer public key"] = Self.hexadecimal(Curve25519.KeyAgreement.PrivateKey().publicKey.rawRepresentation)
        #expect(try await ask(Request(keys: foreign, offer: pairing.offer))["refused"] == "not from this bank")
        let codes = (
            try await ask(Request(keys: device, offer: pairing.offer))["first code"],
            try await ask(Request(keys: device, offer: other.offer))["first code"]
        )
        #expect(try pairing.take(firstCode: try #require(codes.1), issuer: issuer) == .wrong(triesLeft: 4))
        #expect(try pairing.take(firstCode: try #require(codes.0), issuer: issuer) == .accepted)
        #expect(try other.take(firstCode: try #require(codes.1), issuer: issuer) == .accepted)
        let mixed = Request(keys: device, offer: pairing.offer, confirmation: other.confirmation)
        #expect(try await ask(mixed)["refused"] == "for another device")
        #expect(try stranger.take(firstCode: "0000000000", issuer: issuer) == .wrong(triesLeft: 4))
    }
}
