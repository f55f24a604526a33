import Foundation
import Testing

@testable import StoreTables

/// Columns as CBOR: the examples of RFC 8949, appendix A, are the judge.
struct CBORTests {
    /// A value with the example's bytes, in an array or a map as they come.
    private func encoded(_ value: some Encodable) throws -> String {
        let bytes = try CBOR.encode(value)
        #expect(bytes.starts(with: CBOR.mark))
        return bytes.dropFirst(CBOR.mark.count).map { String(format: "%02x", $0) }.joined()
    }

    private func decoded<Value: Decodable>(_ type: Value.Type, _ hexadecimal: String) throws -> Value {
        let digits = Array(hexadecimal)
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
        return try CBOR.decode(type, from: CBOR.mark + bytes)
    }

    private func check<Value: Codable & Equatable>(_ value: Value, _ hexadecimal: String) throws {
        #expect(try encoded(value) == hexadecimal)
        #expect(try decoded(Value.self, hexadecimal) == value)
    }

    @Test func `the mark is the tag of self-described CBOR`() {
        #expect(CBOR.mark == [0xD9, 0xD9, 0xF7])
    }

    @Test(arguments: [
        (0, "00"), (23, "17"), (24, "1818"), (100, "1864"), (1000, "1903e8"), (1_000_000, "1a000f4240"),
        (1_000_000_000_000, "1b000000e8d4a51000"), (-1, "20"), (-10, "29"), (-100, "3863"), (-1000, "3903e7"),
    ])
    func `integers are those of the appendix`(value: Int, hexadecimal: String) throws {
        try check(value, hexadecimal)
        try check(Int64(value), hexadecimal)
    }

    @Test func `integers go to the ends of their types`() throws {
        try check(UInt64.max, "1bffffffffffffffff")
        try check(Int64.min, "3b7fffffffffffffff")
        try check(UInt8.max, "18ff")
        #expect(throws: (any Error).self) { try decoded(UInt8.self, "190100") }
        #expect(throws: (any Error).self) { try decoded(UInt.self, "20") }
        #expect(throws: (any Error).self) { try decoded(Int.self, "1bffffffffffffffff") }
        #expect(throws: (any Error).self) { try decoded(Int64.self, "3bffffffffffffffff") }
    }

    @Test func `truth, numbers, texts and bytes are those of the appendix`() throws {
        try check(false, "f4")
        try check(true, "f5")
        try check(1.1, "fb3ff199999999999a")
        try check(-4.1, "fbc010666666666666")
        try check(Float(0.5), "fb3fe0000000000000")
        try check("", "60")
        try check("IETF", "6449455446")
        try check("\u{00fc}", "62c3bc")
        try check("\u{6c34}", "63e6b0b4")
        try check(Data([1, 2, 3, 4]), "4401020304")
        try check([UInt8]([1, 2, 3, 4]), "4401020304")
        #expect(throws: (any Error).self) { try decoded(String.self, "61ff") }
    }

    private struct Example: Codable, Equatable {
        let a: Int
        let b: [Int]
    }

    @Test func `maps and arrays are written open and read either way`() throws {
        try check(Example(a: 1, b: [2, 3]), "bf61610161629f0203ffff")
        #expect(try decoded(Example.self, "a26161016162820203") == Example(a: 1, b: [2, 3]))
        #expect(try decoded(Example.self, "bf61610161628202" + "03ff") == Example(a: 1, b: [2, 3]))
        #expect(try decoded([[Int]].self, "828101820203") == [[1], [2, 3]])
        #expect(try decoded([Int?].self, "8201f6") == [1, nil])
    }

    private enum Choice: Codable, Equatable {
        case nothing
        case one(Inner)
        indirect case both(Choice, named: String?)

        struct Inner: Codable, Equatable {
            var name: String?
            var moment: Date
            var raw: [UInt8]
            var small: Int8
            var set: Set<String>
        }
    }

    @Test func `what is written comes back, whatever its shape`() throws {
        let inner = Choice.Inner(name: nil, moment: Date(timeIntervalSince1970: 1.5), raw: [7], small: -8, set: ["x"])
        for value: Choice in [.nothing, .one(inner), .both(.one(inner), named: nil), .both(.both(.nothing, named: "n"), named: "m")] {
            #expect(try CBOR.decode(Choice.self, from: CBOR.encode(value)) == value)
            #expect(try CBOR.decode([Choice].self, from: CBOR.encode([value, .nothing])) == [value, .nothing])
        }
        #expect(try CBOR.decode([String: [Int]].self, from: CBOR.encode(["a": [1], "": []])) == ["a": [1], "": []])
    }

    @Test func `what is cut short anywhere is refused, and so is what is too long`() throws {
        let inner = Choice.Inner(name: "n", moment: .distantPast, raw: [7, 8], small: 1, set: ["x", "y"])
        let bytes = try CBOR.encode(Choice.both(.one(inner), named: "m"))
        for count in 0..<bytes.count {
            #expect(throws: (any Error).self) { try CBOR.decode(Choice.self, from: Array(bytes.prefix(count))) }
        }
        #expect(throws: (any Error).self) { try CBOR.decode(Choice.self, from: bytes + [0]) }
    }

    @Test(arguments: [
        "7b7fffffffffffffff61", "bb7fffffffffffffff", "9bffffffffffffffff", "bf6161ff", "5fff", "1f", "1c", "ff", "c000", "f800",
        "7f6161ff",
    ])
    func `lengths that cannot be, and what is never written, are refused`(hexadecimal: String) {
        #expect(throws: (any Error).self) { try decoded(Example.self, hexadecimal) }
        #expect(throws: (any Error).self) { try decoded([String].self, "81" + hexadecimal) }
    }

    @Test func `values that lie in each other without end are refused`() {
        #expect(throws: CBORError.malformed) { try decoded([Int].self, String(repeating: "81", count: 100_000) + "00") }
    }

    @Test func `bytes that were changed anywhere do no harm`() throws {
        let inner = Choice.Inner(name: "n", moment: .distantPast, raw: [7, 8], small: 1, set: ["x", "y"])
        let bytes = try CBOR.encode([Choice.one(inner)])
        for index in CBOR.mark.count..<bytes.count {
            for value in UInt8.min ... .max {
                var changed = bytes
                changed[index] = value
                _ = try? CBOR.decode([Choice].self, from: changed)
            }
        }
    }

    private struct Careless: Encodable {
        func encode(to encoder: any Encoder) throws {
            var outer = encoder.unkeyedContainer()
            var inner = outer.nestedUnkeyedContainer()
            try outer.encode(1)
            try inner.encode(2)
        }
    }

    private struct Silent: Encodable {
        func encode(to encoder: any Encoder) {}
    }

    @Test func `what would be written into the wrong place is not written`() {
        #expect(throws: EncodingError.self) { try CBOR.encode(Careless()) }
        #expect(throws: EncodingError.self) { try CBOR.encode(Silent()) }
        #expect(throws: EncodingError.self) { try CBOR.encode([Silent()]) }
    }
}
