import DeviceProtocol
import Testing

struct LengthPrefixTests {
    @Test(
        arguments: [(0, [0, 0, 0, 0]), (1, [0, 0, 0, 1]), (255, [0, 0, 0, 255]), (256, [0, 0, 1, 0]), (65_793, [0, 1, 1, 1])]
            as [(Int, [UInt8])])
    func `bytes stand behind their number, most significant byte first`(count: Int, prefix: [UInt8]) {
        let bytes = [UInt8](repeating: 0xAA, count: count)
        #expect([bytes].lengthPrefixed == prefix + bytes)
        #expect([String(repeating: "a", count: count)].lengthPrefixed == prefix + [UInt8](repeating: 0x61, count: count))
    }

    @Test func `a text counts its bytes, not its characters`() {
        #expect(["é"].lengthPrefixed == [0, 0, 0, 2, 0xC3, 0xA9])
    }

    @Test func `parts that are joined are told apart, wherever one ends`() {
        let splits = (0...8).map { split in
            let bytes = [UInt8](repeating: 0, count: 8)
            return [Array(bytes.prefix(split)), Array(bytes.dropFirst(split))].lengthPrefixed
        }
        #expect(Set(splits).count == 9)
    }
}
