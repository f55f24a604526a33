import ISO7816
import Testing

struct TLVTests {
    static let objects: [(UInt32, Int, String)] = [
        (0x4F, 0, "4F00"), (0x4F, 3, "4F03"), (0x70, 127, "707F"), (0x70, 128, "708180"), (0x70, 255, "7081FF"), (0x70, 256, "70820100"),
        (0x5FC105, 65_535, "5FC10582FFFF"), (0x7F21, 65_536, "7F2183010000"), (0x5F2F, 2, "5F2F02"), (0x1F818101, 1, "1F81810101"),
    ]

    @Test(arguments: objects)
    func `tags of one to four bytes and lengths of every size read back`(_ tag: UInt32, _ count: Int, _ head: String) throws {
        let object = TLV(tag, [UInt8](repeating: 0xAB, count: count))
        let header = try #require([UInt8](hexadecimal: head))
        #expect(object.encoded == header + object.value)
        #expect(try TLV(parsingFirstOf: object.encoded) == object)
        #expect(try TLV.series(parsing: object.encoded + object.encoded) == [object, object])
    }

    @Test(
        arguments: [("700100", 0x00), ("70810100", 0x00), ("7082000100", 0x00), ("708300000100", 0x00), ("70840000000100", 0x00)]
            as [(String, UInt8)])
    func `lengths written longer than they have to be are read`(_ text: String, _ value: UInt8) throws {
        let object = try TLV(parsingFirstOf: try #require([UInt8](hexadecimal: text)))
        #expect(object == TLV(0x70, [value]))
        #expect(object.encoded.hexadecimal == "700100")
    }

    @Test(
        arguments: [
            "70", "5F", "5FC1", "7F", "7005", "700501020304", "7081", "708105", "70820001", "7083", "7084FFFFFFFF", "70847FFFFFFF01",
            "7080", "708000", "70800000", "70850000000001AA", "70FF", "5FC1C1C1C1C10100", "1FFFFFFFFF7F0100", "1F818181010000",
        ])
    func `what its bytes do not bear out is malformed`(_ text: String) throws {
        let bytes = try #require([UInt8](hexadecimal: text))
        #expect(throws: TLVError.malformed) { try TLV.series(parsing: bytes) }
        #expect(throws: TLVError.malformed) { try TLV(parsingFirstOf: bytes) }
    }

    @Test(arguments: ["", "00", "FF", "0000FFFF00"])
    func `nothing but padding is an empty series, and no first object`(_ text: String) throws {
        let bytes = try #require([UInt8](hexadecimal: text))
        #expect(try TLV.series(parsing: bytes).isEmpty)
        #expect(throws: TLVError.missing(0)) { try TLV(parsingFirstOf: bytes) }
    }

    @Test(arguments: ["4F01AA5001BB", "004F01AA00005001BB", "4F01AAFFFF5001BBFF", "4F01AA5001BB0000000000"])
    func `padding before, between and behind objects is skipped`(_ text: String) throws {
        let series = try TLV.series(parsing: try #require([UInt8](hexadecimal: text)))
        #expect(series == [TLV(0x4F, [0xAA]), TLV(0x50, [0xBB])])
    }

    @Test func `the first object is read although garbage follows`() throws {
        #expect(try TLV(parsingFirstOf: [0x4F, 0x01, 0xAA, 0x7F, 0xFF, 0xFF]) == TLV(0x4F, [0xAA]))
    }

    @Test func `objects nest`() throws {
        let inner = TLV(0x5C, [0x5F, 0xC1, 0x05])
        let outer = TLV(0x7F21, containing: [TLV(0x61, containing: [inner]), inner])
        let children = try TLV(parsingFirstOf: outer.encoded).children()
        #expect(children.map(\.tag) == [0x61, 0x5C])
        #expect(try children[0].children() == [inner])
    }

    @Test func `a thousand levels are read level by level`() throws {
        var object = TLV(0x04, [1])
        for _ in 0..<1000 { object = TLV(0x30, containing: [object]) }
        var depth = 0
        while object.tag == 0x30 {
            object = try #require(try object.children().first)
            depth += 1
        }
        #expect(depth == 1000)
    }

    @Test func `a value is found by its tag, or its absence is named`() throws {
        let series = [TLV(0x4F, [1]), TLV(0x50, [2]), TLV(0x50, [3])]
        #expect(series.first(0x50) == [2])
        #expect(series.first(0x51) == nil)
        #expect(try series.required(0x4F) == [1])
        #expect(throws: TLVError.missing(0x51)) { try series.required(0x51) }
    }

    @Test func `every input of up to two bytes, and every header of interest, is an object or an error`() {
        var inputs: [[UInt8]] = [[]] + (0...255).map { [UInt8($0)] }
        for first in 0...255 { inputs += (0...255).map { [UInt8(first), UInt8($0)] } }
        let values: [UInt8] = [0x00, 0x01, 0x1F, 0x30, 0x5F, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xFF]
        var longer = values.map { [$0] }
        for _ in 0..<3 {
            longer = longer.flatMap { input in values.map { input + [$0] } }
            inputs += longer
        }
        for input in inputs {
            guard let series = try? TLV.series(parsing: input) else { continue }
            // Whatever was read is no longer than what was given.
            #expect(series.reduce(0) { $0 + $1.value.count } <= input.count)
        }
    }
}
