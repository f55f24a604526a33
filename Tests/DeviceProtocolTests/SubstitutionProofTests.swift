import DeviceProtocol
import Foundation
import TestSupport
import Testing

/// Every byte of a challenge's DER replaced by every other one.
@Suite struct SubstitutionProofTests {
    @Test func `a changed byte is refused, or asks for another answer`() throws {
        let device = try DeviceID("SCAN-0001")
        var challenges = RandomChallenges(seed: 690)
        for challenge in [try challenges.nextPayment(), try challenges.next(), try challenges.next()] {
            let der = challenge.der
            let digest = challenge.digest(as: .scan, by: device)
            for number in Proof.cases(0..<der.count * 255, sample: 3_000) {
                var changed = der
                changed[number / 255] ^= UInt8(number % 255 + 1)
                guard let other = try? Challenge(der: changed) else { continue }
                #expect(other != challenge)
                #expect(other.digest(as: .scan, by: device) != digest)
                #expect(other.der == changed)
            }
        }
    }
}
