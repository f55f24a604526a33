import Crypto
import DeviceProtocol
import Foundation
import TestSupport
import Testing

@testable import ScanChallenge

@Suite struct ScanSealTests {
    private let fixture: ScanFixture
    private let payload: ScanPayload

    init() throws {
        fixture = try ScanFixture()
        payload = try ScanFixture.payload()
    }

    @Test func `what is sealed to a device opens there`() throws {
        #expect(try fixture.open(fixture.seal(payload)) == payload)
    }

    @Test func `random challenges of every kind open to what they were`() throws {
        var challenges = RandomChallenges(seed: 10)
        for counter in 0..<200 {
            let payload = try ScanPayload(sequence: ScanSequence(epoch: 1, counter: UInt32(counter)), challenge: challenges.next())
            #expect(try fixture.open(fixture.seal(payload)) == payload)
        }
    }

    @Test func `the same payload never gives the same text twice`() throws {
        let texts = try (0..<20).map { _ in try fixture.seal(payload) }
        #expect(Set(texts).count == texts.count)
    }

    @Test func `the text has prefix, version, key id, encapsulated key, and the payload with its tag`() throws {
        let text = try fixture.seal(payload)
        #expect(text.hasPrefix("SC1:"))
        let bytes = try Base45.decode(String(text.dropFirst(4)))
        #expect(bytes.first == 1)
        #expect(Array(bytes[1..<9]) == fixture.keys.sealing.id.bytes)
        #expect(bytes.count == 1 + 8 + 32 + payload.der.count + 16)
        let envelope = try ScanEnvelope(parsing: text)
        #expect(envelope.keyID == fixture.keys.sealing.id)
        #expect(envelope.encapsulatedKey == Array(bytes[9..<41]))
        #expect(envelope.ciphertext == Array(bytes[41...]))
        #expect(envelope.text == text)
    }

    @Test func `nothing of the content stands in the clear`() throws {
        let bytes = try Base45.decode(String(fixture.seal(payload).dropFirst(4)))
        for secret in ["Ada", "LU28", "EUR", "bank"] { #expect(bytes.firstRange(of: Array(secret.utf8)) == nil) }
        #expect(bytes.firstRange(of: payload.challenge.id.bytes) == nil)
    }

    @Test func `only characters of the alphanumeric mode of QR codes are used`() throws {
        let alphabet = Set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
        for _ in 0..<20 { #expect(try Set(fixture.seal(payload)).isSubset(of: alphabet)) }
    }

    /// A seal made by the rules of RFC 9180 from the format's description, not by ``ScanSeal``.
    @Test func `a seal put together from its description opens`() throws {
        var sender = try HPKE.Sender(
            recipientKey: fixture.record.publicKey,
            ciphersuite: HPKE.Ciphersuite(kem: .Curve25519_HKDF_SHA256, kdf: .HKDF_SHA256, aead: .chaChaPoly),
            info: Data("tessera/scan/1bank.example".utf8), authenticatedBy: fixture.issuer.privateKey,
            presharedKey: fixture.keys.sealing.presharedKey, presharedKeyIdentifier: Data(fixture.keys.sealing.id.bytes))
        let header = [1] + fixture.keys.sealing.id.bytes
        let ciphertext = try sender.seal(payload.der, authenticating: header)
        #expect(try fixture.open("SC1:" + Base45.encode(header + sender.encapsulatedKey + ciphertext)) == payload)
    }

    // MARK: What is refused

    @Test func `any flipped bit is refused`() throws {
        let bytes = try Base45.decode(String(fixture.seal(payload).dropFirst(4)))
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << bit
                let expected = index == 0 ? ScanError.unknownVersion(changed[0]) : .notAuthentic
                #expect(throws: expected, "byte \(index), bit \(bit)") { try fixture.open("SC1:" + Base45.encode(changed)) }
            }
        }
    }

    @Test func `any other character in any place is refused`() throws {
        let text = Array(try fixture.seal(payload))
        for index in text.indices {
            for character in ["0", "Z", ":", "a", "é"] where String(text[index]) != character {
                let changed = String(text[..<index]) + character + String(text[(index + 1)...])
                #expect(throws: ScanError.self, "\(character) at \(index)") { try fixture.open(changed) }
            }
        }
    }

    @Test func `a text that is cut anywhere is refused`() throws {
        let text = try fixture.seal(payload)
        for length in 0..<text.count {
            #expect(throws: ScanError.self, "\(length) of \(text.count)") { try fixture.open(String(text.prefix(length))) }
        }
    }

    @Test func `bytes behind the ciphertext are refused`() throws {
        let bytes = try Base45.decode(String(fixture.seal(payload).dropFirst(4)))
        for extra in [[0], [0, 0], Array(repeating: UInt8(0), count: 16)] {
            #expect(throws: ScanError.notAuthentic) { try fixture.open("SC1:" + Base45.encode(bytes + extra)) }
        }
    }

    @Test(arguments: [0, 2, 3, 127, 255] as [UInt8])
    func `another version is told as such`(version: UInt8) throws {
        var bytes = try Base45.decode(String(fixture.seal(payload).dropFirst(4)))
        bytes[0] = version
        #expect(throws: ScanError.unknownVersion(version)) { try fixture.open("SC1:" + Base45.encode(bytes)) }
    }

    @Test(arguments: ["", "SC1", "sc1:00", "SC2:00", " SC1:00", "https://bank.example/", "\u{0}", "SС1:00"])
    func `something else is told as such`(text: String) {
        #expect(throws: ScanError.notAScanChallenge) { try fixture.open(text) }
    }

    @Test func `an empty or short envelope is damaged`() {
        #expect(throws: ScanError.malformed("nothing follows \"SC1:\"")) { try fixture.open("SC1:") }
        for count in [1, 9, 41, 56, 57] {
            let bytes = [1] + [UInt8](repeating: 0, count: count - 1)
            #expect(throws: ScanError.malformed("\(count) bytes are too few")) { try fixture.open("SC1:" + Base45.encode(bytes)) }
        }
        // One byte more is long enough to be tried, and is no seal.
        let bytes = [1] + fixture.keys.sealing.id.bytes + [UInt8](repeating: 0, count: 49)
        #expect(throws: ScanError.notAuthentic) { try fixture.open("SC1:" + Base45.encode(bytes)) }
    }

    @Test func `huge input is refused before it is decoded`() {
        let text = "SC1:" + String(repeating: "0", count: 5_000_000)
        #expect(throws: ScanError.tooLarge(characters: 5_000_004, limit: 600)) { try fixture.open(text) }
        #expect(throws: ScanError.tooLarge(characters: 601, limit: 600)) { try fixture.open("SC1:" + String(repeating: "0", count: 597)) }
    }

    @Test func `random text is refused`() {
        var generator = SeededGenerator(seed: 11)
        let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
        for length in 0..<500 {
            let text = String((0..<length).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] })
            #expect(throws: ScanError.self) { try fixture.open("SC1:" + text) }
        }
    }

    @Test func `a wrong device, another issuer and a forged seal are one error`() throws {
        let text = try fixture.seal(payload)
        let strangers: [String: ScanFixture] = [
            "another device": try ScanFixture(deviceSeed: 9), "another serial": try ScanFixture(serial: "SC-0002"),
            "another factory secret": try ScanFixture(secret: 9), "another issuer's key": try ScanFixture(issuerSeed: 9),
            "another issuer's name": try ScanFixture(issuer: "bank.examplf"),
        ]
        for (name, stranger) in strangers {
            #expect(throws: ScanError.notAuthentic, "\(name)") { try stranger.open(text) }
            // And the other way round: what they seal does not open here.
            #expect(throws: ScanError.notAuthentic, "\(name)") { try fixture.open(stranger.seal(payload)) }
        }
    }

    @Test func `who knows the pre-shared key alone cannot forge`() throws {
        let thief = try ScanIssuer(id: "bank.example", privateKey: .init(rawRepresentation: [UInt8](repeating: 42, count: 32)))
        let text = try ScanSeal.seal(payload, to: fixture.record.publicKey, keys: fixture.keys.sealing, issuer: thief)
        #expect(throws: ScanError.notAuthentic) { try fixture.open(text) }
    }

    @Test func `who knows the issuer's key alone cannot forge`() throws {
        let guess = try ScanSealingKey(id: fixture.keys.sealing.id, presharedKey: SymmetricKey(data: [UInt8](repeating: 0, count: 32)))
        let text = try ScanSeal.seal(payload, to: fixture.record.publicKey, keys: guess, issuer: fixture.issuer)
        #expect(throws: ScanError.notAuthentic) { try fixture.open(text) }
    }

    @Test func `authentic bytes that are no payload are told as such`() throws {
        var sender = try HPKE.Sender(
            recipientKey: fixture.record.publicKey, ciphersuite: ScanSeal.suite, info: Data(fixture.issuer.identity.info),
            authenticatedBy: fixture.issuer.privateKey, presharedKey: fixture.keys.sealing.presharedKey,
            presharedKeyIdentifier: Data(fixture.keys.sealing.id.bytes))
        let header = ScanEnvelope.header(fixture.keys.sealing.id)
        let ciphertext = try sender.seal(Array("not DER".utf8), authenticating: header)
        #expect { try fixture.open("SC1:" + Base45.encode(header + sender.encapsulatedKey + ciphertext)) } throws: { error in
            if case ScanError.invalidContent(.notCanonical) = error { true } else { false }
        }
    }

    // MARK: Keys that agree on zeros (RFC 9180, 7.1.4)

    /// The points of small order of Curve25519, as they are written: 0, 1, the two of order 8, p - 1, p and p + 1.
    static let smallOrder: [[UInt8]] = {
        func point(_ first: UInt8, _ middle: UInt8, _ last: UInt8) -> [UInt8] { [first] + [UInt8](repeating: middle, count: 30) + [last] }
        return [
            point(0, 0, 0), point(1, 0, 0), point(0xEC, 0xFF, 0x7F), point(0xED, 0xFF, 0x7F), point(0xEE, 0xFF, 0x7F),
            [
                0xE0, 0xEB, 0x7A, 0x7C, 0x3B, 0x41, 0xB8, 0xAE, 0x16, 0x56, 0xE3, 0xFA, 0xF1, 0x9F, 0xC4, 0x6A, 0xDA, 0x09, 0x8D, 0xEB,
                0x9C,
                0x32, 0xB1, 0xFD, 0x86, 0x62, 0x05, 0x16, 0x5F, 0x49, 0xB8, 0x00,
            ],
            [
                0x5F, 0x9C, 0x95, 0xBC, 0xA3, 0x50, 0x8C, 0x24, 0xB1, 0xD0, 0xB1, 0x55, 0x9C, 0x83, 0xEF, 0x5B, 0x04, 0x44, 0x5C, 0xC4,
                0x58,
                0x1C, 0x8E, 0x86, 0xD8, 0x22, 0x4E, 0xDD, 0xD0, 0x9F, 0x11, 0x57,
            ],
        ]
    }()

    @Test(arguments: smallOrder)
    func `a key of small order is refused where it comes in`(point: [UInt8]) throws {
        let key = try Curve25519.KeyAgreement.PublicKey(rawRepresentation: point)
        #expect(throws: ScanError.unusableKey("the device's public key is of small order")) {
            try ScanFactoryRecord(serial: DeviceID("SC-1"), publicKey: key, factorySecret: fixture.record.factorySecret)
        }
        #expect(throws: ScanError.unusableKey("the issuer's public key is of small order")) {
            try ScanIssuerIdentity(id: "bank.example", publicKey: key)
        }
        let envelope = ScanEnvelope(keyID: fixture.keys.sealing.id, encapsulatedKey: point, ciphertext: [UInt8](repeating: 0, count: 100))
        #expect(throws: ScanError.notAuthentic) { try fixture.open(envelope.text) }
    }
}
