import ISO7816
import Testing

struct ATRTests {
    /// Cards with their protocols and historical bytes, taken apart by hand.
    static let cards: [(String, [UInt8], String)] = [
        ("3B 6D 00 00 80 31 80 65 B0 83 02 04 7E 83 00 90 00", [0], "80318065B08302047E83009000"),
        ("3B 7D 94 00 00 80 31 80 65 B0 83 11 00 C8 83 00 90 00", [0], "80318065B0831100C883009000"),
        ("3B 7D 96 00 00 80 31 80 65 B0 83 02 01 F3 83 00 90 00", [0], "80318065B0830201F383009000"),
        ("3B 7F 96 00 00 80 31 80 65 B0 85 05 00 11 12 0F FF 82 90 00", [0], "80318065B085050011120FFF829000"),
        ("3B 8F 80 01 80 31 80 65 B0 85 03 00 EF 12 0F FF 82 90 00 73", [0, 1], "80318065B0850300EF120FFF829000"),
        ("3B 88 80 01 00 88 3C 1F 77 81 00 5F 0B", [0, 1], "00883C1F7781005F"),
        ("3B 88 80 01 E1 F3 5E 11 77 A1 97 00 15", [0, 1], "E1F35E1177A19700"),
        ("3B 80 80 01 01", [0, 1], ""),
        ("3B F5 18 00 02 80 01 4F 73 45 49 44 1A", [0, 1], "4F73454944"),
        ("3B FE 18 00 00 81 31 FE 45 80 31 81 54 48 53 4D 31 73 80 21 40 81 07 FA", [1], "8031815448534D31738021408107"),
        ("3B 00", [0], ""),
        ("3F 00", [0], ""),
        ("3B 02 14 50", [0], "1450"),
    ]

    @Test(arguments: cards)
    func `a real card's ATR comes apart as the standard says`(_ text: String, _ protocols: [UInt8], _ historical: String) throws {
        let bytes = try #require([UInt8](hexadecimal: text))
        let atr = try ATR(parsing: bytes)
        #expect(atr.bytes == bytes)
        #expect(atr.protocols == protocols)
        #expect(atr.historicalBytes.hexadecimal == historical)
        #expect(atr.description == text)
    }

    @Test(arguments: cards.filter { $0.1.contains(1) })
    func `a flipped byte behind TS is noticed`(_ text: String, _ protocols: [UInt8], _ historical: String) throws {
        let bytes = try #require([UInt8](hexadecimal: text))
        for position in 1..<bytes.count {
            var other = bytes
            other[position] ^= 0x01
            // Where the flip hides T=1, the last byte is one that a T=0 card may append.
            if let hidden = try? ATR(parsing: other) { #expect(hidden.protocols == [0]) }
        }
        var last = bytes
        last[bytes.count - 1] ^= 0x80
        #expect(throws: ATRError.wrongChecksum) { try ATR(parsing: last) }
    }

    @Test(arguments: cards)
    func `every ATR that ends early is an error`(_ text: String, _ protocols: [UInt8], _ historical: String) throws {
        let bytes = try #require([UInt8](hexadecimal: text))
        for count in 0..<bytes.count {
            #expect(throws: count < 2 ? ATRError.wrongLength(count) : .truncated) { try ATR(parsing: Array(bytes.prefix(count))) }
        }
    }

    @Test func `bytes behind the end are an error, but for the one checksum that some T=0 cards append`() throws {
        #expect(throws: ATRError.trailingBytes) { try ATR(parsing: [0x3B, 0x80, 0x80, 0x01, 0x01, 0x00]) }
        #expect(throws: ATRError.trailingBytes) { try ATR(parsing: [0x3B, 0x00, 0x00, 0x00]) }
        #expect(try ATR(parsing: [0x3B, 0x00, 0x00]).historicalBytes.isEmpty)
    }

    @Test func `global bytes want a checksum although T=0 is the only protocol`() throws {
        let atr = try ATR(parsing: [0x3B, 0x80, 0x80, 0x1F, 0xC3, 0xDC])
        #expect(atr.protocols == [0])
        #expect(throws: ATRError.wrongChecksum) { try ATR(parsing: [0x3B, 0x80, 0x80, 0x1F, 0xC3, 0xDD]) }
        #expect(throws: ATRError.truncated) { try ATR(parsing: [0x3B, 0x80, 0x80, 0x1F, 0xC3]) }
    }

    @Test func `length and convention are checked first`() {
        #expect(throws: ATRError.wrongLength(34)) { try ATR(parsing: [UInt8](repeating: 0x3B, count: 34)) }
        for first in 0...UInt8.max where first != 0x3B && first != 0x3F {
            #expect(throws: ATRError.unknownConvention(first)) { try ATR(parsing: [first, 0x00]) }
        }
    }

    @Test func `every short input is an ATR or an error`() {
        let values: [UInt8] = [0x00, 0x01, 0x0F, 0x10, 0x80, 0x81, 0x8F, 0xF0, 0xFF]
        var inputs = values.map { [0x3B, $0] }
        for _ in 0..<4 {
            for input in inputs {
                guard let atr = try? ATR(parsing: input) else { continue }
                #expect(atr.bytes == input && !atr.protocols.isEmpty && atr.historicalBytes.count <= 15)
            }
            inputs = inputs.flatMap { input in values.map { input + [$0] } }
        }
    }

    @Test(
        arguments: [
            ("3B 05 80 73 00 00 C0", CardCapabilities(commandChaining: true, extendedLength: true)),
            ("3B 05 80 73 00 00 80", CardCapabilities(commandChaining: true, extendedLength: false)),
            ("3B 05 80 73 00 00 40", CardCapabilities(commandChaining: false, extendedLength: true)),
            ("3B 07 80 31 C0 73 00 00 40", CardCapabilities(commandChaining: false, extendedLength: true)),
            ("3B 08 00 73 00 00 40 00 90 00", CardCapabilities(commandChaining: false, extendedLength: true)),
            // Another category, no third byte, a length that runs past the end, no bytes at all.
            ("3B 05 10 73 00 00 C0", nil), ("3B 03 80 71 C0", nil), ("3B 04 80 73 00 00", nil), ("3B 00", nil), ("3B 02 00 73", nil),
        ] as [(String, CardCapabilities?)])
    func `capabilities are read where the historical bytes have them`(_ text: String, _ capabilities: CardCapabilities?) throws {
        #expect(try ATR(parsing: try #require([UInt8](hexadecimal: text))).capabilities == capabilities)
    }
}
