import DeviceProtocol
import Testing

struct HexadecimalTests {
    @Test(
        arguments: [
            ([], ""), ([0x00], "00"), ([0x0F], "0f"), ([0x10], "10"), ([0xFF, 0x00, 0xA0], "ff00a0"),
        ] as [([UInt8], String)])
    func `a byte has two digits, in lower case`(bytes: [UInt8], digits: String) {
        #expect(bytes.lowercaseHexadecimal == digits)
    }

    @Test func `every byte reads back as itself`() {
        for byte in UInt8.min ... .max { #expect(UInt8([byte].lowercaseHexadecimal, radix: 16) == byte) }
    }

    @Test func `a challenge's id is written so`() throws {
        #expect(try ChallengeID(Array(0xF8...0xFF) + Array(0..<8)).description == "f8f9fafbfcfdfeff0001020304050607")
    }
}
