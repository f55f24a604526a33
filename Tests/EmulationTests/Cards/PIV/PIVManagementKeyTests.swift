import ISO7816
import Testing

@testable import Emulation

@Suite struct PIVManagementKeyTests {
    /// FIPS 197, appendix C, and SP 800-67 revision 1, appendix B.1.
    @Test(
        arguments: [
            (.aes128, "000102030405060708090A0B0C0D0E0F", "00112233445566778899AABBCCDDEEFF", "69C4E0D86A7B0430D8CDB78070B4C55A"),
            (
                .aes192, "000102030405060708090A0B0C0D0E0F1011121314151617", "00112233445566778899AABBCCDDEEFF",
                "DDA97CA4864CDFE06EAF70A0EC0D7191"
            ),
            (
                .aes256, "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F", "00112233445566778899AABBCCDDEEFF",
                "8EA2B7CA516745BFEAFC49904B496089"
            ),
            (.tripleDES, "0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123", "5468652071756663", "A826FD8CE53B855F"),
        ] as [(PIVManagementKey.Algorithm, String, String, String)])
    func `a block is encrypted as the standards' examples are`(
        algorithm: PIVManagementKey.Algorithm, key: String, block: String, expected: String
    ) throws {
        let bytes = try #require([UInt8](hexadecimal: key))
        let key = try #require(PIVManagementKey(algorithm, bytes))
        let block = try #require([UInt8](hexadecimal: block))
        #expect(key.encrypted(block)?.hexadecimal == expected)
        #expect(key.encrypted(block + [0]) == nil)
        #expect(key.encrypted([]) == nil)
    }

    @Test(arguments: PIVManagementKey.Algorithm.allCases) func `a key has the length of its cipher`(algorithm: PIVManagementKey.Algorithm) {
        for count in [0, 8, 15, 16, 17, 24, 25, 32, 33] {
            #expect((PIVManagementKey(algorithm, Array(repeating: 1, count: count)) != nil) == (count == algorithm.keyLength))
        }
    }

    @Test func `the well-known key is 3DES of 01 to 08 three times, and prints without its bytes`() {
        #expect(PIVManagementKey.wellKnown.bytes.hexadecimal == "010203040506070801020304050607080102030405060708")
        #expect("\(PIVManagementKey.wellKnown)" == "tripleDES")
    }

    @Test func `a key comes back from the memory with its touch policy, and nothing else does`() throws {
        let key = try #require(PIVManagementKey(.aes128, Array(0..<16)))
        let memory = CardMemory([PIVCells.managementKey: key.cell(touch: 2)])
        let kept = try #require(PIVManagementKey.kept(in: memory))
        #expect(kept.key == key && kept.touch == 2)
        for damaged in [[], [0x08], [0x08, 1], [0x08, 1, 2], [0x09, 1] + Array(0..<16)] as [[UInt8]] {
            #expect(PIVManagementKey.kept(in: CardMemory([PIVCells.managementKey: .secret(damaged)])) == nil)
        }
    }
}
