internal import Foundation
internal import Synchronization

/// A file that one program at a time reads and replaces.
///
/// A lock beside it (`FILE.lock`) keeps others out; it goes away with ``close()``, and ends with the process, however that dies.
package final class LockedFile: Sendable {
    /// The file, links resolved.
    package let path: String
    private let files: any StateFileSystem
    private let lock: Mutex<Int32?>

    private init(_ path: String, _ files: any StateFileSystem, lock: Int32) {
        self.path = path
        self.files = files
        self.lock = Mutex(lock)
    }

    deinit { close() }

    /// Takes the lock; `nil` when another one has it.
    static func locking(_ path: String, on files: any StateFileSystem) throws(StateFileFailure) -> LockedFile? {
        let path = resolved(path)
        guard let lock = try files.lock(path + ".lock") else { return nil }
        return LockedFile(path, files, lock: lock)
    }

    /// Takes the lock of a file that need not be there; `nil` when another one has it.
    ///
    /// - Throws: when the machine refuses.
    package static func locking(_ path: String) throws -> LockedFile? { try locking(path, on: SystemStateFiles()) }

    /// How many names it has, symbolic links not counted; 0 when there is none.
    ///
    /// The lock is that of one name.
    package var names: Int { files.links(to: path) }

    /// Whether it was not given back yet.
    var isOpen: Bool { lock.withLock { $0 != nil } }

    /// All bytes of the file, at most `limit`; `nil` when there is none.
    package func read(limit: Int) throws(StateFileFailure) -> [UInt8]? { try files.read(path, limit: limit) }

    /// Makes `bytes` the file's contents, lastingly, so that any crash leaves all of the old ones or all of the new ones.
    ///
    /// When nobody can tell which of them are there, the file is given back: whoever opens it anew finds out.
    package func replace(with bytes: [UInt8]) throws(StateFileFailure) {
        try lock.withLock { lock throws(StateFileFailure) in
            guard lock != nil else { throw StateFileFailure(call: "write", path: path, reason: "it is closed") }
            do throws(StateFileFailure) { try files.replace(path, with: bytes) } catch {
                if error.isUnsettled { release(&lock) }
                throw error
            }
        }
    }

    /// Gives the file back; nothing is written from now on.
    package func close() { lock.withLock { release(&$0) } }

    private func release(_ lock: inout Int32?) {
        if let lock = lock.take() { files.release(lock) }
    }

    /// One file has one name here, so that a symbolic link to it cannot get round the lock; a file with hard links is not opened.
    static func resolved(_ path: String) -> String { URL(filePath: path).resolvingSymlinksInPath().path }
}
