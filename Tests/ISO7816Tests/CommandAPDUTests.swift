import ISO7816
import Testing

struct CommandAPDUTests {
    /// The seven cases of ISO/IEC 7816-3, 12.1.3, with the bytes that each stands for.
    static let cases: [(String, CommandAPDU, CommandAPDU.Form, String)] = [
        ("1", CommandAPDU(instruction: 0xA4), .short, "00A40000"),
        ("2S", CommandAPDU(instruction: 0xB0, p1: 1, p2: 2, expectedLength: 5), .short, "00B0010205"),
        ("2S, all there is", CommandAPDU(instruction: 0xB0, expectedLength: 256), .short, "00B0000000"),
        ("3S", CommandAPDU(instruction: 0x20, p2: 0x80, data: [1, 2, 3]), .short, "0020008003010203"),
        ("4S", CommandAPDU(instruction: 0xA4, p1: 4, data: [0xA0, 0], expectedLength: 255), .short, "00A4040002A000FF"),
        ("4S, all there is", CommandAPDU(instruction: 0xA4, p1: 4, data: [0xA0, 0], expectedLength: 256), .short, "00A4040002A00000"),
        ("2E", CommandAPDU(instruction: 0xB0, expectedLength: 300), .extended, "00B0000000012C"),
        ("2E, all there is", CommandAPDU(instruction: 0xB0, expectedLength: 65_536), .extended, "00B00000000000"),
        ("3E", CommandAPDU(instruction: 0xD6, data: [9]), .extended, "00D6000000000109"),
        ("4E", CommandAPDU(instruction: 0x87, p1: 7, data: [9, 8], expectedLength: 266), .extended, "008707000000020908010A"),
        ("4E, all there is", CommandAPDU(instruction: 0x87, data: [9], expectedLength: 65_536), .extended, "00870000000001090000"),
    ]

    @Test(arguments: cases)
    func `each case has the bytes of the standard and reads back as it was`(
        _ name: String, _ command: CommandAPDU, _ form: CommandAPDU.Form, _ bytes: String
    ) throws {
        let encoded = try command.encoded(form)
        #expect(encoded.hexadecimal == bytes, "case \(name)")
        #expect(try CommandAPDU(parsing: encoded) == command, "case \(name)")
        #expect(CommandAPDU.form(of: encoded) == form, "case \(name)")
    }

    @Test(arguments: [1, 2, 127, 128, 254, 255])
    func `every short length of data reads back, with and without Le`(_ length: Int) throws {
        for expected in [nil, 1, 255, 256] {
            let command = CommandAPDU(instruction: 0xDA, data: [UInt8](repeating: 0xA5, count: length), expectedLength: expected)
            #expect(try CommandAPDU(parsing: try command.encoded()) == command)
        }
    }

    @Test(arguments: [1, 255, 256, 257, 32_767, 65_535])
    func `every extended length of data reads back, with and without Le`(_ length: Int) throws {
        for expected in [nil, 1, 256, 257, 65_535, 65_536] {
            let command = CommandAPDU(instruction: 0xDA, data: [UInt8](repeating: 0x5A, count: length), expectedLength: expected)
            #expect(try CommandAPDU(parsing: try command.encoded(.extended)) == command)
        }
    }

    @Test(
        arguments: [
            (256, nil, .short), (0, 257, .short), (0, 0, .short), (0, -1, .short), (65_536, nil, .extended), (0, 65_537, .extended),
            (0, 0, .extended),
        ] as [(Int, Int?, CommandAPDU.Form)])
    func `what a form cannot say is refused`(_ length: Int, _ expected: Int?, _ form: CommandAPDU.Form) {
        let command = CommandAPDU(instruction: 0, data: [UInt8](repeating: 0, count: length), expectedLength: expected)
        #expect(throws: APDUError.tooLong) { try command.encoded(form) }
    }

    @Test(
        arguments: [
            "", "00", "00A4", "00A404", "00A4000002", "00A400000301", "00A4000003010203FFFF", "00A4000001", "00A4000000010000",
            "00A400000000", "00A40000000002AA", "00A40000000001AABB", "00A40000000001AABBCCDD",
        ])
    func `bytes whose lengths disagree are malformed`(_ text: String) throws {
        let bytes = try #require([UInt8](hexadecimal: text))
        if text == "00A4000002" || text == "00A4000001" {
            // Five bytes are always case 2: the fifth is Le.
            #expect(try CommandAPDU(parsing: bytes).expectedLength == Int(bytes[4]))
        } else {
            #expect(throws: APDUError.malformed) { try CommandAPDU(parsing: bytes) }
        }
    }

    @Test func `every short input either parses to something that encodes to it, or is malformed`() {
        // All bodies of up to two bytes, and all of three to five bytes over the values that matter to the lengths.
        let values: [UInt8] = [0, 1, 2, 3, 0x7F, 0xFF]
        var bodies: [[UInt8]] = [[]] + (0...255).map { [UInt8($0)] }
        for first in 0...255 { bodies += (0...255).map { [UInt8(first), UInt8($0)] } }
        var longer = values.map { [$0] }
        for _ in 0..<4 {
            longer = longer.flatMap { body in values.map { body + [$0] } }
            bodies += longer
        }
        for body in bodies {
            let bytes: [UInt8] = [0x00, 0xA4, 0x04, 0x00] + body
            guard let command = try? CommandAPDU(parsing: bytes) else { continue }
            #expect((try? command.encoded(CommandAPDU.form(of: bytes))) == bytes)
        }
    }

    @Test(arguments: [(0x00, false), (0x10, true), (0x1C, true), (0x80, false), (0x90, false)] as [(UInt8, Bool)])
    func `chaining is bit 5 of an interindustry class`(_ byte: UInt8, _ isChained: Bool) {
        #expect(CommandAPDU(instructionClass: byte, instruction: 0x87).isChained == isChained)
    }

    @Test(arguments: [("9000", ""), ("01029000", "0102"), ("6A82", ""), ("FF61FF", "FF")])
    func `an answer is data and two bytes`(_ text: String, _ data: String) throws {
        let bytes = try #require([UInt8](hexadecimal: text))
        let response = try ResponseAPDU(parsing: bytes)
        #expect(response.data.hexadecimal == data)
        #expect(response.encoded == bytes)
    }

    @Test(
        arguments: [
            [], [0x90], [0x60, 0x00], [0x01, 0x60, 0xFF], [0x5F, 0x00], [0x70, 0x00], [0x8F, 0x00], [0xA0, 0x00], [0x90, 0x00, 0x00],
        ]
            as [[UInt8]])
    func `an answer that ends in no status word is malformed`(_ bytes: [UInt8]) {
        #expect(throws: APDUError.malformed) { try ResponseAPDU(parsing: bytes) }
    }
}
