import Foundation
import Verification

/// A file of heads that only grows: each is on the disk before the next one is signed.
struct HeadsFile {
    /// How many heads are read from the log, and written to the disk, at once.
    private static let batch = 1_000

    private let file: Int32
    private let name: String
    /// The number of the head that was exported last.
    private(set) var last: Int64

    /// Opens the file, or makes it.
    ///
    /// - Throws: ``Failure``: not to be written, or it holds the heads of another log.
    static func open(_ name: String, of log: AuditLog) async throws -> HeadsFile {
        let isThere = FileManager.default.fileExists(atPath: name)
        let (last, isCut) = try await isThere ? check(name, against: log) : (0, false)
        let file = unsafe Foundation.open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0o644)
        guard file >= 0 else { throw Self.unwritable(name) }
        var new = HeadsFile(file: file, name: name, last: last)
        // Somebody was killed in the middle of a line: what follows begins a line of its own.
        if isCut { try new.write([UInt8(ascii: "\n")]) }
        if !isThere { InputFile.keepNames(in: URL(filePath: name).deletingLastPathComponent()) }
        try await new.export(log)
        return new
    }

    /// Finds out whether all heads of a file are the log's: the highest number of one, and whether the file ends within a line.
    private static func check(_ name: String, against log: AuditLog) async throws -> (Int64, Bool) {
        var reader = try HeadsReader(name)
        defer { reader.close() }
        var (last, known): (Int64, [Int64: AuditHead]) = (0, [:])
        while let heads = try reader.next() {
            if reader.isList == true {
                throw Failure(
                    "\"\(name)\" is a JSON list, behind which nothing can be written", hint: "name a file of its own for --append",
                    exit: .usage)
            }
            for head in heads {
                // The numbers begin with 1 and have no gap.
                if known[head.number] == nil, head.number > 0 {
                    let near = try await log.heads(after: (head.number - 1) / Int64(batch) * Int64(batch), limit: batch)
                    known = Dictionary(near.map { ($0.number, $0) }) { first, _ in first }
                }
                guard known[head.number] == head else {
                    throw Failure(
                        "\"\(name)\" holds a head \(head.number) that this log does not have",
                        hint: "name another file; or the log was cut: \"tessera verify audit --heads\" tells", exit: .refused)
                }
                last = max(last, head.number)
            }
        }
        return (last, reader.isCut)
    }

    /// Appends the log's heads that are not in the file yet, and waits for the disk.
    ///
    /// - Throws: ``Failure``, ``Verification/AuditError``, ``Verification/StoreError``.
    mutating func export(_ log: AuditLog) async throws {
        while true {
            let heads = try await log.heads(after: last, limit: Self.batch)
            guard let end = heads.last else { return }
            try write(heads.flatMap { try ExportedHeads.line($0) })
            last = end.number
        }
    }

    /// Closes the file.
    func close() { _ = Foundation.close(file) }

    private func write(_ bytes: [UInt8]) throws {
        // One call for whole lines: another program that appends to the same file is not torn apart by it.
        let count = unsafe bytes.withUnsafeBytes { unsafe Foundation.write(file, $0.baseAddress, $0.count) }
        guard count == bytes.count, fsync(file) == 0 else { throw Self.unwritable(name) }
    }

    private static func unwritable(_ name: String) -> Failure {
        Failure("cannot append to \"\(name)\"", hint: "check the folder and its rights, and the space on the disk", exit: .environment)
    }
}
