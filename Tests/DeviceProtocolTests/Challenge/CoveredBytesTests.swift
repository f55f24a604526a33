import DeviceProtocol
import Foundation
import TestSupport
import Testing

@Suite struct CoveredBytesTests {
    private let device: DeviceID

    init() throws { device = try DeviceID("SC-0001") }

    @Test func `tag, device and DER stand behind their lengths`() throws {
        let example = try #require(try Example.all().first)
        // 14 bytes of tag, 7 of device, 73 of challenge.
        let expected =
            "0000000e" + "746573736572612f7363616e2f31" + "00000007" + "53432d30303031" + "00000049"
            + "30470201010410000102030405060708090a0b0c0d0e0f0c0c62616e6b2e6578616d706c6502046553f100020178"
            + "a0190c0a4c7578656d626f7572670c0b46697265666f7820313430"
        #expect(example.challenge.coveredBytes(as: .scan, by: device).hexadecimal == expected)
    }

    @Test(arguments: [(AnswerKind.scan, "tessera/scan/1"), (.mobile, "tessera/mobile/1"), (.card, "tessera/card/1")])
    func `each kind of answer has the tag that the format states`(kind: AnswerKind, tag: String) throws {
        let covered = try Example.all()[1].challenge.coveredBytes(as: kind, by: device)
        #expect(covered.starts(with: [0, 0, 0, UInt8(tag.utf8.count)] + Array(tag.utf8)))
    }

    @Test(arguments: try Example.all())
    func `the digests are those that another program computes`(example: Example) {
        #expect(example.digests.count == 3)
        for (kind, digest) in example.digests { #expect(example.challenge.digest(as: kind, by: device).hexadecimal == digest) }
    }

    @Test func `the digest differs by device and by kind`() throws {
        let challenge = try Example.all()[2].challenge
        var digests = Set<[UInt8]>()
        for kind in [AnswerKind.scan, .mobile, .card] {
            for device in ["SC-0001", "SC-0002", "SC-00010", "C-0001", "sc-0001"] {
                let digest = challenge.digest(as: kind, by: try DeviceID(device))
                #expect(digest.count == 32)
                digests.insert(digest)
            }
        }
        #expect(digests.count == 15)
    }

    @Test func `random challenges all have digests of their own`() throws {
        var challenges = RandomChallenges(seed: 10)
        var seen = Set<Challenge>()
        var digests = Set<[UInt8]>()
        for _ in 0..<300 {
            let challenge = try challenges.next()
            seen.insert(challenge)
            digests.insert(challenge.digest(as: .card, by: device))
        }
        #expect(digests.count == seen.count && seen.count > 290)
    }
}
