import Foundation
import Testing
import Verification

/// Heads that are kept elsewhere come back however the file was carried.
struct ExportedHeadsTests {
    private let heads = (1...3).map {
        AuditHead(
            chain: [UInt8](repeating: 7, count: 32), number: $0, row: $0 * 10, hash: [UInt8](repeating: 9, count: 32), milliseconds: 0,
            key: [],
            signature: [])
    }

    private func lines() throws -> [UInt8] { try heads.flatMap { try ExportedHeads.line($0) } }

    @Test func `one a line, and as a list`() throws {
        #expect(try ExportedHeads.read(lines()) == heads)
        #expect(try ExportedHeads.read(Array(JSONEncoder().encode(heads))) == heads)
        #expect(try ExportedHeads.read([]).isEmpty)
    }

    @Test(arguments: ["\r\n", " \n", "\n\n \n", "\t\r\n  "])
    func `what an editor or another system puts at the ends of lines loses no head`(_ end: String) throws {
        let text = String(decoding: try lines(), as: UTF8.self).replacingOccurrences(of: "\n", with: end)
        #expect(try ExportedHeads.read(Array(text.utf8)) == heads)
    }

    @Test func `the line that somebody was killed at is passed over, and any other damage is told`() throws {
        let bytes = try lines()
        #expect(try ExportedHeads.read(Array(bytes.dropLast(9))) == Array(heads.dropLast()))
        #expect(throws: AuditError.unreadableHeads) { try ExportedHeads.read(Array("x".utf8) + bytes) }
    }
}
