import DeviceProtocol
import Foundation
import TestSupport
import Testing

@testable import ScanChallenge

@Suite struct ScanPayloadTests {
    private let payload: ScanPayload

    init() throws { payload = try ScanFixture.payload(counter: 0x0A0B_0C0D) }

    @Test func `a payload is a sequence of six bytes and the challenge as it stands`() {
        let inner: [UInt8] = [0x04, 0x06, 0x00, 0x00, 0x0A, 0x0B, 0x0C, 0x0D] + payload.challenge.der
        #expect(inner.count < 128)
        #expect(payload.der == [0x30, UInt8(inner.count)] + inner)
    }

    @Test func `random payloads come back as they were`() throws {
        var challenges = RandomChallenges(seed: 1)
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<300 {
            let sequence = ScanSequence(
                epoch: .random(in: .min ... .max, using: &generator), counter: .random(in: .min ... .max, using: &generator))
            let payload = try ScanPayload(sequence: sequence, challenge: challenges.next())
            #expect(try ScanPayload(der: payload.der) == payload)
        }
    }

    @Test func `a payload that is cut anywhere is refused`() {
        let der = payload.der
        for length in 0..<der.count {
            #expect(throws: ScanError.self, "\(length) of \(der.count) bytes") { try ScanPayload(der: Array(der.prefix(length))) }
        }
    }

    @Test func `a changed bit is refused or gives another payload, never the same`() throws {
        let der = payload.der
        for index in der.indices {
            for bit in 0..<8 {
                var changed = der
                changed[index] ^= 1 << bit
                if let other = try? ScanPayload(der: changed) { #expect(other != payload, "byte \(index), bit \(bit)") }
            }
        }
    }

    private static func node(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        content.count < 128 ? [tag, UInt8(content.count)] + content : [tag, 0x81, UInt8(content.count)] + content
    }

    @Test func `other spellings of the same content are refused`() throws {
        let sequence = Self.node(0x04, payload.sequence.bytes)
        let challenge = payload.challenge.der
        let length = UInt8(sequence.count + challenge.count)
        #expect(throws: Never.self) { try ScanPayload(der: [0x30, length] + sequence + challenge) }
        let spellings: [String: [UInt8]] = [
            "long length": [0x30, 0x81, length] + sequence + challenge,
            "longer length": [0x30, 0x82, 0x00, length] + sequence + challenge,
            "indefinite length": [0x30, 0x80] + sequence + challenge + [0x00, 0x00],
            "a byte behind": payload.der + [0x00],
            "an element behind": Self.node(0x30, sequence + challenge + [0x05, 0x00]),
            "a set": [0x31, length] + sequence + challenge,
            "the other order": Self.node(0x30, challenge + sequence),
            "no challenge": Self.node(0x30, sequence),
            "no sequence": Self.node(0x30, challenge),
            "nothing inside": [0x30, 0x00],
            "five bytes of sequence": Self.node(0x30, Self.node(0x04, [0, 1, 2, 3, 4]) + challenge),
            "seven bytes of sequence": Self.node(0x30, Self.node(0x04, [0, 1, 2, 3, 4, 5, 6]) + challenge),
            "an integer as sequence": Self.node(0x30, Self.node(0x02, payload.sequence.bytes) + challenge),
        ]
        for (name, bytes) in spellings {
            #expect("\(name)") { try ScanPayload(der: bytes) } throws: { error in
                if case ScanError.invalidContent(.notCanonical) = error { true } else { false }
            }
        }
    }

    @Test func `content that no challenge may have is told as such`() throws {
        var der = payload.der
        let name = Array("Ada".utf8)
        let start = try #require(der.firstRange(of: name)?.lowerBound)
        der.replaceSubrange(start..<start + 3, with: [0xE2, 0x80, 0xAE])  // U+202E turns the direction of what follows
        #expect(throws: ScanError.invalidContent(.forbiddenCharacter(field: "payee", scalar: 0x202E))) { try ScanPayload(der: der) }
    }

    @Test func `huge and bottomless payloads are refused`() {
        for bytes in [
            [UInt8](repeating: 0x30, count: 3_000_000), [0x30, 0x84, 0x7F, 0xFF, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 3_000_000),
            [UInt8]((0..<200_000).map { $0.isMultiple(of: 2) ? 0x30 : 0x80 }), payload.der + [UInt8](repeating: 0, count: 3_000_000),
            [0x30, 0x88] + [UInt8](repeating: 0xFF, count: 8), [0x30, 0xFF],
        ] {
            #expect(throws: ScanError.self) { try ScanPayload(der: bytes) }
        }
    }

    @Test func `a challenge of another version inside is told as such`() throws {
        var der = payload.der
        let version = try #require(der.firstRange(of: [0x02, 0x01, 0x01, 0x04, 0x10])?.lowerBound)
        der[version + 2] = 2
        #expect(throws: ScanError.invalidContent(.notCanonical("version 2 is unknown"))) { try ScanPayload(der: der) }
    }

    @Test func `random bytes are never a payload`() {
        var generator = SeededGenerator(seed: 3)
        for length in 0..<400 {
            let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(throws: ScanError.self) { try ScanPayload(der: bytes) }
        }
    }
}
