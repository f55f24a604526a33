import ISO7816
import Testing

@testable import PCSC

/// The structures of PC/SC part 10, byte by byte, for the PINs of the cards that Tessera knows.
struct PINStructureTests {
    private static let piv = block(0x20, 0x80, 6...8, 0xFF, 8)
    private static let pkcs15 = block(0x20, 0x01, 4...16, 0x00, 16)
    private static let ias = block(0x20, 0x11, 4...12, 0x00, 12)
    private static let plain = block(0x20, 0x82, 6...15)
    private static let fixed = block(0x20, 0x81, 8...8)

    private static func block(
        _ instruction: UInt8, _ reference: UInt8, _ lengths: ClosedRange<Int>, _ padding: UInt8? = nil, _ length: Int = 0
    ) -> PINBlock {
        PINBlock(header: [0x00, instruction, 0x00, reference], lengths: lengths, padding: padding, paddedLength: length)
    }

    private func verify(_ block: PINBlock, _ properties: String = "", seconds: UInt8 = 30) throws -> [UInt8] {
        let reader = ReaderProperties(parsing: bytes(properties))
        let form = try PINForm([block], at: reader, named: "test")
        return PINVerifyStructure(form: form, seconds: seconds, hasDisplay: reader.hasDisplay).bytes
    }

    private func modify(_ old: PINBlock, _ new: PINBlock, _ properties: String = "") throws -> [UInt8] {
        let reader = ReaderProperties(parsing: bytes(properties))
        let form = try PINForm([old, new], at: reader, named: "test")
        return PINModifyStructure(form: form, seconds: 30, hasDisplay: reader.hasDisplay).bytes
    }

    // bTimerOut bTimerOut2 bmFormatString bmPINBlockString bmPINLengthFormat wPINMaxExtraDigit bEntryValidationCondition
    // bNumberMessage wLangId bMsgIndex bTeoPrologue ulDataLength abData
    @Test(
        arguments: [
            (piv, "1E 1E 82 08 00 0806 02 00 0904 00 000000 0D000000 00200080 08 FFFFFFFFFFFFFFFF"),
            (ias, "1E 1E 82 0C 00 0C04 02 00 0904 00 000000 11000000 00200011 0C 000000000000000000000000"),
            (pkcs15, "1E 1E 82 00 00 1004 02 00 0904 00 000000 15000000 00200001 10 00000000000000000000000000000000"),
            (plain, "1E 1E 82 00 00 0F06 02 00 0904 00 000000 05000000 00200082 00"),
            (fixed, "1E 1E 82 08 00 0808 02 00 0904 00 000000 0D000000 00200081 08 FFFFFFFFFFFFFFFF"),
        ])
    func `the structure for VERIFY says how the PIN travels`(_ block: PINBlock, _ structure: String) throws {
        #expect(try verify(block).hexadecimal == bytes(structure).hexadecimal)
    }

    // bTimerOut bTimerOut2 bmFormatString bmPINBlockString bmPINLengthFormat bInsertionOffsetOld bInsertionOffsetNew
    // wPINMaxExtraDigit bConfirmPIN bEntryValidationCondition bNumberMessage wLangId bMsgIndex1-3 bTeoPrologue ulDataLength abData
    @Test(
        arguments: [
            (
                block(0x24, 0x80, 6...8, 0xFF, 8), block(0x24, 0x80, 6...8, 0xFF, 8),
                "1E 1E 82 08 00 00 08 0806 03 02 00 0904 000102 000000 15000000 00240080 10 FFFFFFFFFFFFFFFF FFFFFFFFFFFFFFFF"
            ),
            // PIV's RESET RETRY COUNTER: a PUK of eight digits, which has no filling, and a PIN that has.
            (
                block(0x2C, 0x80, 8...8), block(0x2C, 0x80, 6...8, 0xFF, 8),
                "1E 1E 82 08 00 00 08 0806 03 02 00 0904 000102 000000 15000000 002C0080 10 FFFFFFFFFFFFFFFF FFFFFFFFFFFFFFFF"
            ),
            (
                block(0x24, 0x11, 4...12, 0x00, 12), block(0x24, 0x11, 4...12, 0x00, 12),
                """
                1E 1E 82 0C 00 00 0C 0C04 03 02 00 0904 000102 000000 1D000000 00240011 18 000000000000000000000000 \
                000000000000000000000000
                """
            ),
            (
                block(0x24, 0x81, 6...15), block(0x24, 0x81, 6...15),
                "1E 1E 82 00 00 00 00 0F06 03 02 00 0904 000102 000000 05000000 00240081 00"
            ),
        ])
    func `the structure for a new PIN says where each of the two goes`(_ old: PINBlock, _ new: PINBlock, _ structure: String) throws {
        #expect(try modify(old, new).hexadecimal == bytes(structure).hexadecimal)
    }

    @Test func `a reader with a display shows its own words`() throws {
        let display = "01 02 1002"
        #expect(try verify(Self.piv, display)[8] == 0xFF)
        #expect(try verify(Self.piv, "01 02 0000")[8] == 0x00)
        #expect(try modify(Self.piv, Self.piv, display)[11] == 0x03)
    }

    @Test(
        arguments: [
            ("06 01 04 07 01 08", 6, 8), ("06 01 07", 7, 8), ("07 01 07", 6, 7), ("07 01 00", 6, 8), ("06 01 00 07 01 19", 6, 8),
        ] as [(String, UInt8, UInt8)])
    func `the digits are those that card and reader take`(_ properties: String, _ shortest: UInt8, _ longest: UInt8) throws {
        #expect(Array(try verify(Self.piv, properties)[5...6]) == [longest, shortest])
    }

    @Test(arguments: [
        ("02 01 07", 0x02), ("02 01 02", 0x02), ("02 01 01", 0x01), ("02 01 05", 0x05), ("02 01 00", 0x02), ("02 01 F8", 0x02),
    ])
    func `the OK key ends the PIN, unless the reader has none`(_ properties: String, _ condition: UInt8) throws {
        #expect(try verify(Self.piv, properties)[7] == condition)
    }

    @Test func `a reader that adds Lc by itself gets none`() throws {
        let sprx32 = "0B 02 E604 0C 02 03E0"
        #expect(try verify(Self.plain, sprx32).suffix(8).hexadecimal == "0400000000200082")
        // With filling there is one as everywhere.
        #expect(try verify(Self.piv, sprx32) == verify(Self.piv))
    }

    @Test func `both PINs of one command fit into one range`() throws {
        let structure = try modify(Self.block(0x2C, 0x80, 8...8), Self.block(0x2C, 0x80, 4...6, 0xFF, 8))
        #expect(Array(structure[7...8]) == [8, 4])
    }

    @Test func `seconds are as they were given`() throws {
        #expect(Array(try verify(Self.piv, seconds: 255).prefix(2)) == [255, 255])
    }

    @Test(
        arguments: [
            ([block(0x24, 1, 4...8, 0xFF, 8), block(0x24, 1, 4...8)], ""),
            ([block(0x24, 1, 4...8, 0xFF, 8), block(0x24, 1, 4...12, 0xFF, 12)], ""),
            ([block(0x24, 1, 4...64, 0xFF, 128), block(0x24, 1, 4...64, 0xFF, 128)], ""),
            ([block(0x24, 1, 4...8, 0xFF, .max), block(0x24, 1, 4...8, 0xFF, .max)], ""), ([block(0x20, 1, 4...8, 0xFF, 0)], ""),
            ([block(0x20, 1, 4...400, 0x00, 400)], ""), ([block(0x20, 1, 0...0)], ""), ([block(0x20, 1, 9...12, 0xFF, 8)], ""),
            ([block(0x20, 1, 300...400)], ""), ([block(0x20, 1, 4...8, 0xFF, -1)], ""), ([block(0x20, 1, -9 ... -8)], ""),
            ([block(0x20, 1, 6...8)], "07 01 05"), ([block(0x20, 1, 4...8)], "06 01 09"), ([], ""),
            ([PINBlock(header: [0x00, 0x20], lengths: 4...8)], ""),
        ])
    func `what the structure cannot say, or the reader cannot take, is refused before anybody is asked`(
        _ blocks: [PINBlock], _ properties: String
    ) {
        let error = #expect(throws: CardError.self) {
            try PINForm(blocks, at: ReaderProperties(parsing: bytes(properties)), named: "Pinpad 00 00")
        }
        #expect(error?.code == .notSupported)
        #expect(error?.subject.contains("Pinpad 00 00") == true)
    }
}
