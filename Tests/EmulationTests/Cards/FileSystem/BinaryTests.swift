import ISO7816
import Testing

@testable import Emulation

/// Writing transparent files, and the odd instructions; ISO/IEC 7816-4, 11.3.
@Suite struct BinaryTests {
    private func card(update: AccessCondition = .always) throws -> VirtualCard {
        var image = FileSystemImage(.iso)
        image.add([0x1000], Array(0..<200), update: update, shortIdentifier: 0x05)
        image.add([0x1001], Array(repeating: 7, count: 40_000))
        image.add(pin: 1, try FreshPIN("1234", puk: "123456", for: .osEID, tries: 3))
        return try .files(image)
    }

    @Test func `bytes are written within the file, never behind it`() throws {
        let card = try card()
        #expect(try card.raw("00D6000001FF") == "6986")
        #expect(try card.raw("00D6850302AABB") == "9000")
        #expect(try card.raw("00B0000206") == "02AABB050607" + "9000")
        #expect(try card.raw("00D600C701EE") == "9000")
        #expect(try card.raw("00D600C702EEEE") == "6A84")
        #expect(try card.raw("00D600C801EE") == "6B00")
        #expect(try card.raw("00D60000") == "6700")
        #expect(try card.raw("00B000C600") == "C6EE9000")
        #expect(try card.remade().raw("00B0850306") == "AABB05060708" + "9000")
    }

    @Test func `a read beyond the end gives what is left, with a warning`() throws {
        let card = try card()
        _ = try card.raw("00A4000C021000")
        #expect(try card.raw("00B000C610") == "C6C76282")
        #expect(try card.raw("00B000C602") == "C6C79000")
        #expect(try card.raw("00B000C600") == "C6C79000")
        #expect(try card.raw("00B000C800") == "6B00")
    }

    @Test func `odd instructions reach where even ones cannot`() throws {
        let card = try card()
        #expect(try card.raw("00B110010454029C3F00") == "5301079000")
        #expect(try card.raw("00B110010454029C4000") == "6B00")
        #expect(try card.raw("00B100050354010100").hasPrefix("5381C7010203"))
        #expect(try card.raw("00B100000354010004") == "530200019000")
        #expect(try card.raw("00D70005075401025302AABB") == "9000")
        #expect(try card.raw("00B0000104") == "01AABB049000")
        #expect(try card.raw("00D70005035401025302") == "6700")
        #expect(try card.raw("00D7000503540102") == "6A80")
        #expect(try card.raw("00B1000602540000") == "6A82")
        #expect(try card.raw("00B120000354010000") == "6A82")
    }

    @Test func `writing has a condition of its own`() throws {
        let card = try card(update: .pin(1))
        #expect(try card.raw("00D6850001FF") == "6982")
        #expect(try card.raw("00D7000506540100530100") == "6982")
        _ = try card.raw("002000010831323334FFFFFFFF")
        #expect(try card.raw("00D6850001FF") == "9000")
        #expect(try card.raw("00A4000402100000").hasSuffix("8C03031100" + "9000"))
    }
}
