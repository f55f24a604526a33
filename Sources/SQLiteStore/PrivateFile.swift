import Foundation
import Glibc
import Verification

/// The file of a store: made for its owner alone before SQLite opens it, and refused when others can read it.
enum PrivateFile {
    /// Makes folder and file where they are missing; SQLite gives its other files the mode of this one.
    static func prepare(_ path: String) throws(StoreError) {
        let file = try open(path)
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw .system("fstat", path) }
        guard status.st_mode & 0o077 == 0 else { throw .exposed(path: path) }
    }

    /// Opens or creates a file with mode 0600 in a folder that, if it is new, has 0700.
    static func open(_ path: String) throws(StoreError) -> Int32 {
        let folder = URL(filePath: path).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw .unavailable("cannot make the folder \"\(folder.path)\"") }
        let file = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .system("open", path) }
        return file
    }
}

/// A lock between processes, beside the store, held while its tables are made or changed.
///
/// Eight processes that opened one fresh file together otherwise lost the race now and then.
struct StoreLock {
    private let file: Int32

    /// Waits for the lock.
    ///
    /// - Throws: ``Verification/StoreError/busy`` after ten seconds.
    init(beside path: String) throws(StoreError) {
        let file = try PrivateFile.open(path + "-lock")
        for _ in 0..<200 {
            if flock(file, LOCK_EX | LOCK_NB) == 0 {
                self.file = file
                return
            }
            guard errno == EWOULDBLOCK || errno == EINTR else { break }
            usleep(50_000)
        }
        let reason: StoreError = errno == EWOULDBLOCK || errno == EINTR ? .busy : .system("flock", path)
        close(file)
        throw reason
    }

    /// Gives the lock back.
    func release() { close(file) }
}

extension StoreError {
    /// A failed system call, by its name, with what `errno` says.
    fileprivate static func system(_ call: String, _ path: String) -> StoreError {
        .unavailable("\(call) \"\(path)\": \(unsafe String(cString: strerror(errno)))")
    }
}
