import ScanChallenge
import TestSupport
import Testing

/// Everything that one group of Base45 can be (RFC 9285, 4).
@Suite struct Base45ProofTests {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")

    @Test func `every pair of bytes comes back`() throws {
        for number in Proof.cases(0...65_535, sample: 4_000) {
            let bytes = [UInt8(number >> 8), UInt8(number & 0xFF)]
            #expect(try Base45.decode(Base45.encode(bytes)) == bytes)
        }
    }

    @Test func `every byte alone comes back`() throws {
        for byte in UInt8.min ... .max { #expect(try Base45.decode(Base45.encode([byte])) == [byte]) }
    }

    @Test func `every group of three characters is refused, or is what its bytes are written as`() {
        let all = Self.alphabet
        var refused = 0
        let groups = Proof.cases(0..<all.count * all.count * all.count, sample: 4_000)
        for number in groups {
            let text = String([all[number % 45], all[number / 45 % 45], all[number / 2_025]])
            guard let bytes = try? Base45.decode(text) else {
                refused += 1
                // The value of a group is at most 65,535.
                #expect(number >= 65_536, "\(text)")
                continue
            }
            #expect(Base45.encode(bytes) == text)
        }
        #expect(refused == groups.count { $0 >= 65_536 })
    }
}
