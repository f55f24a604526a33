import Foundation
import Testing

@testable import tessera

/// What is printed, whatever is in it.
@Suite struct OutputTests {
    @Test func `columns are as wide as their widest cell, and numbers stand flush right`() {
        var table = Table(header: ["key", "ms"], numbers: [1])
        table.rows = [["a", "5"], ["longer", "123"]]
        #expect(table.text == "key      ms\n──────  ───\na         5\nlonger  123")
    }

    @Test func `a very long name loses its middle, and the table holds`() {
        let name = "Reader of " + String(repeating: "very ", count: 60) + "long name 00 01"
        var table = Table(header: ["reader", "state"], cutsCells: true)
        table.rows = [[name, "empty"], ["short", String(repeating: "x", count: 500)]]
        let lines = table.text.split(separator: "\n").map(String.init)
        #expect(lines.allSatisfy { $0.count <= 2 * Table.widest + 2 })
        #expect(lines[2].hasPrefix("Reader of very") && lines[2].contains("long name 00 01  empty"))
        #expect(lines[2].contains("…"))
        let column = lines[2].distance(from: lines[2].startIndex, to: lines[2].firstRange(of: "empty")!.lowerBound)
        #expect(lines[3].dropFirst(column).first == "x")
    }

    @Test func `a cell of exactly the widest width is whole`() {
        for count in [Table.widest - 1, Table.widest, Table.widest + 1] {
            var table = Table(header: ["a"], cutsCells: true)
            table.rows = [[String(repeating: "x", count: count)]]
            #expect(table.text.contains("…") == (count > Table.widest))
            #expect(table.text.split(separator: "\n").last?.count == min(count, Table.widest))
        }
    }

    @Test func `for a file or another program, every cell is whole`() {
        let table = Table(header: ["a"], rows: [[String(repeating: "x", count: 500)]], cutsCells: false)
        #expect(table.text.split(separator: "\n").last?.count == 500)
    }

    @Test func `an empty table has its header`() {
        #expect(Table(header: ["a", "bc"]).text == "a  bc\n─  ──")
    }

    @Test func `letters with accents take one place`() {
        var table = Table(header: ["n", "x"])
        table.rows = [["Lëtzebuerg", "1"], ["e\u{301}", "2"]]
        let lines = table.text.split(separator: "\n")
        #expect(lines[2].hasSuffix("  1") && lines[3] == "é           2")
    }

    @Test(arguments: [
        ("plain äöü 漢字", "plain äöü 漢字"), ("a\u{1B}[31mb", "a\u{FFFD}[31mb"), ("a\nb\tc\r", "a\u{FFFD}b\u{FFFD}c\u{FFFD}"),
        ("a\u{202E}b\u{200B}", "a\u{FFFD}b\u{FFFD}"), ("\u{7F}\u{9B}1m", "\u{FFFD}\u{FFFD}1m"), ("", ""),
    ])
    func `what steers a terminal or hides text is replaced`(text: String, shown: String) { #expect(text.printable == shown) }

    @Test func `JSON has dates of ISO 8601, keys in order, and one line where it goes on`() throws {
        struct Value: Encodable {
            let b = Date(timeIntervalSince1970: 0)
            let a = "x/\n\u{1B}"
        }
        #expect(try OutputOptions.json(Value(), onOneLine: true) == #"{"a":"x/\n\u001b","b":"1970-01-01T00:00:00Z"}"#)
        #expect(try OutputOptions.json(Value()).contains("\n"))
        #expect(try !OutputOptions.json([Value(), Value()], onOneLine: true).contains("\n"))
    }

    @Test func `serial numbers are pairs of digits`() {
        #expect(CertificateWords.pairs([0x2E, 0x03, 0x00, 0xFF]) == "2e:03:00:ff")
        #expect(CertificateWords.pairs([UInt8]()) == "")
    }
}
