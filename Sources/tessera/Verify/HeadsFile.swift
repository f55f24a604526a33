import Foundation
import Verification

/// A file of heads that only grows: each is on the disk before the next one is signed.
struct HeadsFile {
    private let file: Int32
    private let name: String
    /// The number of the head that was exported last.
    private(set) var last: Int64

    /// Opens the file, or makes it.
    ///
    /// - Throws: ``Failure``: not to be written, or it holds the heads of another log.
    static func open(_ name: String, of log: AuditLog) async throws -> HeadsFile {
        let isThere = FileManager.default.fileExists(atPath: name)
        let bytes = isThere ? try InputFile.read(name) : []
        let kept = try ExportedHeads.read(bytes)
        let heads = try await log.heads()
        let signed = Dictionary(heads.map { ($0.number, $0) }) { first, _ in first }
        if let strange = kept.first(where: { signed[$0.number] != $0 }) {
            throw Failure(
                "\"\(name)\" holds a head \(strange.number) that this log does not have",
                hint: "name another file; or the log was cut: \"tessera verify audit --heads\" tells", exit: .refused)
        }
        let file = unsafe Foundation.open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0o644)
        guard file >= 0 else { throw Self.unwritable(name) }
        var new = HeadsFile(file: file, name: name, last: kept.map(\.number).max() ?? 0)
        // Somebody was killed in the middle of a line: what follows begins a line of its own.
        if let end = bytes.last, end != UInt8(ascii: "\n") { try new.write([UInt8(ascii: "\n")]) }
        if !isThere { new.keepName() }
        try await new.export(log)
        return new
    }

    /// Appends the log's heads that are not in the file yet, and waits for the disk.
    ///
    /// - Throws: ``Failure``, ``Verification/AuditError``, ``Verification/StoreError``.
    @discardableResult
    mutating func export(_ log: AuditLog) async throws -> [AuditHead] {
        let new = try await log.heads().filter { $0.number > last }
        for head in new {
            try write(ExportedHeads.line(head))
            last = head.number
        }
        return new
    }

    /// Closes the file.
    func close() { _ = Foundation.close(file) }

    private func write(_ bytes: [UInt8]) throws {
        // One call for a line: another program that appends to the same file is not torn apart by it.
        let count = unsafe bytes.withUnsafeBytes { unsafe Foundation.write(file, $0.baseAddress, $0.count) }
        guard count == bytes.count, fsync(file) == 0 else { throw Self.unwritable(name) }
    }

    /// The folder knows of a new file only when it was written, too.
    private func keepName() {
        let folder = unsafe Foundation.open(URL(filePath: name).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        _ = Foundation.close(folder)
    }

    private static func unwritable(_ name: String) -> Failure {
        Failure("cannot append to \"\(name)\"", hint: "check the folder and its rights, and the space on the disk", exit: .environment)
    }
}
