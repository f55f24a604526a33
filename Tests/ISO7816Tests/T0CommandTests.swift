import ISO7816
import Testing

/// What T=0 takes of each case; ISO/IEC 7816-3, 12.2.
struct T0CommandTests {
    @Test(
        arguments: [
            // Case 1: P3 is 00.
            ("00200080", "0020008000"),
            // Case 2: Le is P3.
            ("00B0000010", "00B0000010"), ("00B0000000", "00B0000000"), ("00C0000020", "00C0000020"),
            // Case 3: Lc is P3.
            ("0020008008313233343536FFFF", "0020008008313233343536FFFF"), ("00A4080C02F000", "00A4080C02F000"),
            // Case 4: Lc is P3, and Le does not travel.
            ("00A4040005A00000030800", "00A4040005A000000308"), ("00CB3FFF055C035FC10510", "00CB3FFF055C035FC105"),
            ("002A9E9A01AA80", "002A9E9A01AA"), ("00A404000100" + "00", "00A404000100"),
        ])
    func `a short command has one length byte`(_ command: String, _ wire: String) throws {
        let bytes = try #require([UInt8](hexadecimal: command))
        #expect(try CommandAPDU.overT0(bytes).hexadecimal == wire)
        // What is right already stays as it is.
        #expect(try CommandAPDU.overT0(CommandAPDU.overT0(bytes)).hexadecimal == wire)
    }

    @Test func `every length of data loses its Le, and nothing else`() throws {
        for count in 1...255 {
            let with = try CommandAPDU(instruction: 0x87, data: [UInt8](repeating: 0xA5, count: count), expectedLength: 256).encoded()
            let without = try CommandAPDU(instruction: 0x87, data: [UInt8](repeating: 0xA5, count: count)).encoded()
            #expect(try CommandAPDU.overT0(with) == without)
            #expect(try CommandAPDU.overT0(without) == without)
        }
    }

    @Test(
        arguments: [
            ("00B0000000 0100", "00B0000000"), ("00B0000000 0000", "00B0000000"), ("00B0000000 0010", "00B0000010"),
            ("00CB3FFF 000005 5C035FC105 0000", "00CB3FFF055C035FC105"), ("00870799 000001 AA", "0087079901AA"),
        ])
    func `an extended command whose data fit goes short`(_ command: String, _ wire: String) throws {
        let bytes = try #require([UInt8](hexadecimal: command))
        #expect(try CommandAPDU.overT0(bytes).hexadecimal == wire)
    }

    @Test(arguments: [256, 266, 65_535])
    func `an extended command that T=0 cannot say is refused`(_ count: Int) throws {
        let command = CommandAPDU(instruction: 0x87, data: [UInt8](repeating: 1, count: count), expectedLength: 65_536)
        let bytes = try command.encoded(.extended)
        #expect(throws: APDUError.tooLong) { try CommandAPDU.overT0(bytes) }
    }

    @Test(arguments: ["", "00", "00A404", "00A4040005A000", "00A4040001A00000"])
    func `what is no command stays as it is`(_ command: String) throws {
        let bytes = try #require([UInt8](hexadecimal: command))
        #expect(try CommandAPDU.overT0(bytes) == bytes)
    }
}
