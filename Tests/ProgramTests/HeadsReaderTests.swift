import Foundation
import Testing
import Verification

@testable import tessera

/// A file of heads, a piece at a time.
@Suite struct HeadsReaderTests {
    private let folder: Folder
    /// More than one piece of a file holds.
    private let heads = (1...1_000).map {
        AuditHead(
            chain: [UInt8](repeating: 7, count: 32), number: $0, row: $0 * 10, hash: [UInt8](repeating: 9, count: 32), milliseconds: 0,
            key: [UInt8](repeating: 5, count: 32), signature: [UInt8](repeating: 3, count: 64))
    }

    init() throws { folder = try Folder() }

    private func lines() throws -> [UInt8] { try heads.flatMap { try ExportedHeads.line($0) } }

    private func read(_ bytes: [UInt8]) throws -> (heads: [AuditHead], isCut: Bool) {
        try Data(bytes).write(to: folder.url.appending(path: "heads"))
        var reader = try HeadsReader(folder.path("heads"))
        defer { reader.close() }
        var heads: [AuditHead] = []
        while let more = try reader.next() { heads += more }
        return (heads, reader.isCut)
    }

    @Test func `heads are the same however pieces cut their lines`() throws {
        let bytes = try lines()
        for shift in [0, 1, 100, 300] {
            let whole = try read([UInt8](repeating: 0x20, count: shift) + [0x0A] + bytes)
            #expect(whole.heads == heads && !whole.isCut)
        }
        let unended = try read(Array(bytes.dropLast()))
        #expect(unended.heads == heads && unended.isCut)
        let cut = try read(Array(bytes.dropLast(9)))
        #expect(cut.heads == Array(heads.dropLast()) && cut.isCut)
        let nothing = try read([])
        #expect(nothing.heads.isEmpty && !nothing.isCut)
        #expect(throws: AuditError.unreadableHeads) { try read(bytes + Array("x\n".utf8)) }
    }

    @Test func `a JSON list is read whole, up to its limit`() throws {
        let list = Array(try JSONEncoder().encode(heads))
        #expect(try read(Array("\n  ".utf8) + list).heads == heads)
        var reader = try HeadsReader(folder.path("heads"), listLimit: 100_000)
        defer { reader.close() }
        #expect(throws: Failure.self) { while try reader.next() != nil {} }
    }

    @Test func `a line that goes on and on is no head`() throws {
        #expect(throws: AuditError.unreadableHeads) { try read(Array("{".utf8) + [UInt8](repeating: 0x20, count: 300_000)) }
        #expect(throws: AuditError.unreadableHeads) { try HeadsReader.all(of: "/dev/zero") }
    }

    @Test func `more heads than memory should hold are refused with the next step`() throws {
        _ = try read(lines())
        #expect(try HeadsReader.all(of: folder.path("heads"), limit: 1_000) == heads)
        let refusal = Failure(
            "\"\(folder.path("heads"))\" has more than 999 heads", hint: "name a part of it: \"tail -n 999\" gives the last ones",
            exit: .usage)
        #expect(throws: refusal) { try HeadsReader.all(of: folder.path("heads"), limit: 999) }
    }
}
