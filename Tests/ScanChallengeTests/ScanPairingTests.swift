import Crypto
import DeviceProtocol
import Foundation
import TestSupport
import Testing

@testable import ScanChallenge

/// The bank's side of a pairing, against a device whose sums are made here.
@Suite struct ScanPairingTests {
    private let fixture: ScanFixture
    private let place = ScanSequence(epoch: 1, counter: 1)

    init() throws { fixture = try ScanFixture() }

    private func pairing() throws -> ScanPairing {
        var random = SeededGenerator(seed: 1)
        return try ScanPairing(fixture.record, enrolment: "enrolment-1", sequence: place, issuer: fixture.issuer, using: &random)
    }

    /// What the device derives from the first QR code.
    private func keys(for offer: String) throws -> ScanPairingKeys {
        let factoryKey = try ScanPairingKeys.factoryKey(factorySecret: fixture.record.factorySecret, serial: fixture.record.serial)
        let message = try ScanPairingMessage(
            ScanEnvelope(parsing: offer), device: fixture.device, keys: factoryKey, issuer: fixture.issuer.identity)
        guard case .offer(let content) = message else { throw ScanError.notAuthentic }
        #expect(content.sequence == place && content.enrolment == "enrolment-1" && content.nonce.count == 16)
        return try ScanPairingKeys(
            factorySecret: fixture.record.factorySecret, offer: content, text: offer, serial: fixture.record.serial,
            issuer: fixture.issuer.identity)
    }

    @Test func `both codes and the serial number in their order give the keys of the enrolment`() throws {
        var pairing = try pairing()
        let device = try keys(for: pairing.offer)
        #expect(device.firstCode.count == 10 && device.firstCode.allSatisfy(\.isNumber))
        #expect(pairing.confirmation == nil && pairing.keys == nil)
        #expect(try pairing.take(firstCode: device.firstCode, issuer: fixture.issuer) == .accepted)
        let confirmation = try #require(pairing.confirmation)
        let message = try ScanPairingMessage(
            ScanEnvelope(parsing: confirmation), device: fixture.device, keys: device.enrolment.sealing, issuer: fixture.issuer.identity)
        #expect(message == .confirmation(device.confirmation))
        let code = device.secondCode(text: confirmation)
        #expect(code.count == 8 && pairing.keys == nil)
        #expect(pairing.take(secondCode: code) == .accepted)
        #expect(pairing.keys == nil)
        #expect(pairing.take(serial: "SC-0001") == .accepted)
        let keys = try #require(pairing.keys)
        #expect(keys.ocra == device.enrolment.ocra && keys.sealing.id == device.enrolment.sealing.id)
        #expect(pairing.take(serial: "SC-0001") == .notAwaited)
    }

    @Test func `no step can be left out or taken twice`() throws {
        var pairing = try pairing()
        let device = try keys(for: pairing.offer)
        #expect(pairing.take(secondCode: "00000000") == .notAwaited)
        #expect(pairing.take(serial: "SC-0001") == .notAwaited)
        #expect(try pairing.take(firstCode: device.firstCode, issuer: fixture.issuer) == .accepted)
        #expect(try pairing.take(firstCode: device.firstCode, issuer: fixture.issuer) == .notAwaited)
        #expect(pairing.take(serial: "SC-0001") == .notAwaited)
    }

    @Test func `five wrong answers end it, whichever question they answer`() throws {
        var pairing = try pairing()
        let device = try keys(for: pairing.offer)
        for (wrong, left) in [("", 4), ("12345", 3)] {
            #expect(try pairing.take(firstCode: wrong, issuer: fixture.issuer) == .wrong(triesLeft: left))
        }
        #expect(try pairing.take(firstCode: device.firstCode, issuer: fixture.issuer) == .accepted)
        let right = device.secondCode(text: pairing.confirmation ?? "")
        let wrong = right == "00000000" ? "00000001" : "00000000"
        for left in [2, 1, 0] { #expect(pairing.take(secondCode: wrong) == .wrong(triesLeft: left)) }
        #expect(pairing.take(secondCode: right) == .notAwaited)
        #expect(pairing.keys == nil)
    }

    @Test func `the second code vouches for the phone's key`() throws {
        var pairing = try pairing()
        let device = try keys(for: pairing.offer)
        _ = try pairing.take(firstCode: device.firstCode, issuer: fixture.issuer)
        let key = try AnswerKey(.ed25519, publicKey: Array(Curve25519.Signing.PrivateKey().publicKey.rawRepresentation))
        let other = try AnswerKey(.ed25519, publicKey: Array(Curve25519.Signing.PrivateKey().publicKey.rawRepresentation))
        let code = device.secondCode(text: pairing.confirmation ?? "", answerKey: key)
        #expect(pairing.take(secondCode: code, answerKey: other) == .wrong(triesLeft: 4))
        #expect(pairing.take(secondCode: code) == .wrong(triesLeft: 3))
        #expect(pairing.take(secondCode: code, answerKey: key) == .accepted)
        #expect(pairing.answerKey == key)
    }

    @Test func `every message has one spelling`() throws {
        let offer = ScanPairingMessage.offer(
            try ScanPairingOffer(sequence: place, enrolment: "E", nonce: [UInt8](repeating: 1, count: 16)))
        for message in [offer, .confirmation([UInt8](repeating: 2, count: 32))] {
            let der = try message.der()
            #expect(try ScanPairingMessage(der: der) == message)
            for count in 0..<der.count { #expect(throws: ScanError.self) { try ScanPairingMessage(der: Array(der.prefix(count))) } }
            #expect(throws: ScanError.self) { try ScanPairingMessage(der: der + [0]) }
            #expect(throws: ScanError.self) { try ScanPayload(der: der) }
        }
        #expect(throws: ScanError.self) { try ScanPairingMessage(der: ScanFixture.payload().der) }
    }

    /// Python's own hmac and hashlib, which know nothing of this program.
    @Test func `another program computes the same codes`() async throws {
        var pairing = try pairing()
        let device = try keys(for: pairing.offer)
        _ = try pairing.take(firstCode: device.firstCode, issuer: fixture.issuer)
        let confirmation = try #require(pairing.confirmation)
        let factoryKey = try ScanPairingKeys.factoryKey(factorySecret: fixture.record.factorySecret, serial: fixture.record.serial)
        guard
            case .offer(let offer) = try ScanPairingMessage(
                ScanEnvelope(parsing: pairing.offer), device: fixture.device, keys: factoryKey, issuer: fixture.issuer.identity)
        else { throw ScanError.notAuthentic }
        let script = """
            import hashlib, hmac, sys
            issuer, issuer_key, serial, kf, enrolment, nonce, qr1, qr2 = sys.argv[1:]
            sha = lambda b: hashlib.sha256(b).digest()
            mac = lambda k, b: hmac.new(k, b, hashlib.sha256).digest()
            lp = lambda *parts: b"".join(len(p).to_bytes(4, "big") + p for p in parts)
            prk = mac(bytes.fromhex(nonce), bytes.fromhex(kf))
            key = mac(prk, lp(b"tessera/scan/1/pairing-code", serial.encode(), enrolment.encode()) + b"\\x01")
            digits = lambda b, n: str(int.from_bytes(mac(key, b)[:8], "big") % 10 ** n).zfill(n)
            transcript = sha(lp(b"tessera/scan/1/pairing", issuer.encode(), bytes.fromhex(issuer_key), serial.encode(), qr1.encode()))
            first = digits(lp(b"first", transcript), 10)
            print(first, digits(lp(b"second", sha(lp(transcript, first.encode())), qr2.encode(), b""), 8))
            """
        func hex(_ bytes: some Sequence<UInt8>) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
        let outcome = try await ChildProgram.run(
            "python3",
            [
                "-c", script, "bank.example", hex(fixture.issuer.identity.publicKey.rawRepresentation), "SC-0001",
                hex(fixture.record.factorySecret.bytes), "enrolment-1", hex(offer.nonce), pairing.offer, confirmation,
            ])
        #expect(outcome.text == "\(device.firstCode) \(device.secondCode(text: confirmation))\n", "\(outcome.complaints)")
    }
}
