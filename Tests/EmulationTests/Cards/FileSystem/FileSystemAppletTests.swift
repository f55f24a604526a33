import ISO7816
import TestSupport
import Testing

@testable import Emulation

/// Reading files, and who may; ISO/IEC 7816-4, 11.
@Suite struct FileSystemAppletTests {
    private static let content = (0..<300).map { UInt8($0 & 0xFF) }

    private func card(_ style: FileSystemStyle.Name) throws -> VirtualCard {
        var image = FileSystemImage(style)
        image.add([0x1000], Self.content, shortIdentifier: 0x05)
        image.add([0x1001], [0x42], access: .pin(1))
        image.add([0x1002], [0x43], access: .never)
        image.add(pin: 1, try FreshPIN("1234", puk: "123456", for: .osEID, tries: 3))
        let memory = image.memory()
        let applet = try #require(FileSystemApplet(memory, randomness: SeededGenerator(seed: 1)))
        let card = VirtualCard(atr: try ATR(parsing: [0x3B, 0x80, 0x80, 0x01, 0x01]), applets: [applet], memory: memory)
        card.powerOn()
        return card
    }

    @Test(arguments: FileSystemStyle.Name.allCases.filter { $0 != .closed })
    func `the PIN that blocks the card is told as such cards tell it, the PUK's as well`(style: FileSystemStyle.Name) throws {
        let card = try card(style)
        let last = style == .osEID ? "6983" : "63C0"
        #expect(try (0..<4).map { _ in try card.raw("0020000108 39393939FFFFFFFF") } == ["63C2", "63C1", last, "6983"])
        #expect(try card.raw("00200001") == "6983")
        let unblock = "002C000110 393939393939FFFF 31323334FFFFFFFF"
        #expect(try (0..<4).map { _ in try card.raw(unblock) } == ["63C2", "63C1", last, "6983"])
    }

    @Test func `a card like OsEID refuses a read that goes beyond the end`() throws {
        let card = try card(.osEID)
        _ = try card.raw("00A4000C021000")
        #expect(try card.raw("00B0012C01") == "6282")
        #expect(try card.raw("00B0010080") == "6282")
        #expect(try card.raw("00B001002C").hasSuffix("2A2B9000"))
        #expect(try card.raw("00B0010000").count == 2 * 46)
        #expect(try card.raw("00B00000") == "6700")
        #expect(try card.raw("00B00000000000").count == 2 * 258)
    }

    @Test func `a card like IsoApplet shortens it, and knows where the end is`() throws {
        let card = try card(.iasClassic)
        _ = try card.raw("00A4000C021000")
        #expect(try card.raw("00B0010080").count == 2 * 46)
        #expect(try card.raw("00B0012B10") == "2B9000")
        #expect(try card.raw("00B0012C10") == "6B00")
        #expect(try card.raw("00B07FFF10") == "6B00")
    }

    @Test func `a short identifier selects and reads at once`() throws {
        let card = try card(.osEID)
        #expect(try card.raw("00B0850A02") == "0A0B9000")
        #expect(try card.raw("00B0000002") == "00019000")
        #expect(try card.raw("00B0860002") == "6A82")
        #expect(try card.raw("00B0E50002") == "6A86")
    }

    @Test func `files are as open as their conditions say`() throws {
        let card = try card(.osEID)
        #expect(try card.raw("00B0000001") == "6986")
        _ = try card.raw("00A4000C021001")
        #expect(try card.raw("00B0000001") == "6982")
        #expect(try card.raw("002000010831323334FFFFFFFF") == "9000")
        #expect(try card.raw("00B0000001") == "429000")
        #expect(try card.raw("0020FF01") == "9000")
        #expect(try card.raw("00B0000001") == "6982")
        _ = try card.raw("002000010831323334FFFFFFFF")
        _ = try card.raw("00A4000C021002")
        #expect(try card.raw("00B0000001") == "6982")
        #expect(try card.raw("00D600000100") == "6982")
        card.reset()
        _ = try card.raw("00A4000C021001")
        #expect(try card.raw("00B0000001") == "6982")
    }

    @Test func `control information comes in the template that was asked for`() throws {
        let card = try card(.osEID)
        #expect(try card.raw("00A40000021000" + "00").hasPrefix("6F17" + "8002012C" + "820101" + "83021000" + "86030FFFFF"))
        #expect(try card.raw("00A40004021001" + "00").hasPrefix("6217" + "80020001" + "820101" + "83021001" + "86031FFFFF"))
        #expect(try card.raw("00A4000C021002" + "00") == "9000")
        #expect(try card.raw("00A40000021002") == "9000")
        #expect(try card.raw("00A40008021002" + "00") == "6A86")
        #expect(try card.raw("00A400000110") == "6A80")
        #expect(try card.raw("00A407000210") == "6700")
        #expect(try card.raw("00A407000110") == "6A80")
        #expect(try card.raw("00A40700021000") == "6A86")
        #expect(try card.raw("00A4000000").hasPrefix("6F1781027FFF8201388302" + "3F00"))
    }

    @Test func `what it has no notion of is told by kind`() throws {
        let card = try card(.osEID)
        #expect(try card.raw("00200002") == "6A88")
        #expect(try card.raw("002400020100") == "6A88")
        #expect(try card.raw("002C00020100") == "6A88")
        #expect(try card.raw("002001010131") == "6A86")
        #expect(try card.raw("002400010100") == "6A80")
        #expect(try card.raw("002C00010100") == "6A80")
        #expect(try card.raw("00CA01A000") == "6A88")
        #expect(try card.raw("00FE0000") == "6D00")
        #expect(try card.raw("80B0000001") == "6E00")
        #expect(try card.raw("0084000008").count == 2 * 10)
        #expect(try card.raw("00840000") == "6700")
    }

    @Test func `applications of one card are found one after the other by the beginning of their names`() throws {
        var image = FileSystemImage(.iso)
        image.add(directory: [0x5015], name: [0xA0, 0x00, 0x00, 0x00, 0x63, 0x01])
        image.add(directory: [0x5016], name: [0xA0, 0x00, 0x00, 0x00, 0x63, 0x02])
        image.add([0x5016, 0x0001], [0x42])
        let card = try VirtualCard.files(image)
        #expect(try card.raw("00A4040005A00000006300").contains("83025015"))
        #expect(try card.raw("00A4040205A00000006300").contains("83025016"))
        #expect(try card.raw("00A4000C020001") == "9000")
        #expect(try card.raw("00A4040205A00000006300") == "6A82")
        // What found nothing changed nothing.
        #expect(try card.raw("00B0000001") == "429000")
        #expect(try card.raw("00A4040605A00000006400") == "6A82")
        #expect(try card.raw("00A4040705A00000006300").hasPrefix("62"))
    }
}
