import Glibc
public import Verification

/// The name under which one process at a time works with a store's file, held until this value goes or the process ends, however it ends.
///
/// A lock of its own file beside the store, flock(2); the file stays, since removing it would let two others each lock a file of their own.
public final class SQLiteNode: Sendable {
    private let file: Int32

    private init(file: Int32) { self.file = file }

    deinit { close(file) }

    /// What came of asking for a name.
    public enum Answer: Sendable {
        /// It is held.
        case held(SQLiteNode)
        /// Another process has it: its number, where it said so.
        case taken(process: Int32?)
    }

    /// Takes a name, unless another process has it.
    ///
    /// - Parameters:
    ///   - name: 1 to 64 letters, digits, `.`, `_` and `-`: a part of a file's name.
    ///   - path: the store's file; links to one file are one.
    /// - Throws: ``Verification/StoreError`` when the file cannot be made.
    public static func take(_ name: String, beside path: String) throws(StoreError) -> Answer {
        let place = try PrivateFile.place(of: path) + "-node-\(name)"
        let file = try PrivateFile.open(place)
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let reason: StoreError? = errno == EWOULDBLOCK ? nil : .unavailable("flock \"\(place)\": error \(errno)")
            let process = process(in: file)
            close(file)
            if let reason { throw reason }
            return .taken(process: process)
        }
        guard PrivateFile.has(file, name: place) else {
            close(file)
            throw .unavailable("\"\(place)\" was replaced while it was locked")
        }
        // Whoever comes next is told; the lock holds without it.
        let line = Array("\(getpid())\n".utf8)
        if ftruncate(file, 0) == 0 { _ = unsafe pwrite(file, line, line.count, 0) }
        return .held(SQLiteNode(file: file))
    }

    private static func process(in file: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = unsafe pread(file, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes.prefix(count).prefix { $0 != 0x0A }, as: UTF8.self))
    }
}
