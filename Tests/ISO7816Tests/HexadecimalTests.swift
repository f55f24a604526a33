import ISO7816
import Testing

struct HexadecimalTests {
    @Test func `every byte prints as two upper-case digits and reads back in either case`() {
        let all = (0...255).map { UInt8($0) }
        #expect([UInt8](hexadecimal: all.hexadecimal) == all)
        #expect([UInt8](hexadecimal: all.hexadecimal.lowercased()) == all)
        #expect([0x00, 0x0F, 0xA0].hexadecimal == "000FA0")
    }

    @Test(arguments: [("", []), ("3B 00", [0x3B, 0x00]), (" 3 B00 ", [0x3B, 0x00])] as [(String, [UInt8])])
    func `spaces may stand anywhere`(_ text: String, _ bytes: [UInt8]) {
        #expect([UInt8](hexadecimal: text) == bytes)
    }

    @Test(arguments: ["3", "3B0", "3G", "0x3B", "3B\n00", "３B", "3B-00"])
    func `anything else is no hexadecimal`(_ text: String) {
        #expect([UInt8](hexadecimal: text) == nil)
    }
}
