import Glibc
import Synchronization
import Verification

/// Whether the file that is open is still the one at its path, and whether the disk had room for the last commit.
///
/// SQLite goes on with a file that was moved or removed, and what it then acknowledges is lost with the process.
final class FileWitness: Sendable {
    private let path: String
    private let file: OpenFile?
    private let state = Mutex<StoreError?>(nil)

    /// Of the file that was taken at a path, and then opened.
    init(_ path: String, _ file: OpenFile) {
        self.path = path
        self.file = file
    }

    /// Of a store that has no file.
    init() {
        path = ""
        file = nil
    }

    /// The full disk that the last commit met.
    var trouble: StoreError? { state.withLock { $0 } }

    /// Says how a commit went: `nil` for one that was stored.
    func tell(_ error: StoreError?) { state.withLock { $0 = error } }

    /// Looks at the path again.
    ///
    /// - Throws: ``Verification/StoreError/unavailable(_:)`` when nothing, or another file, is there.
    func check() throws(StoreError) {
        guard let file, FilePlace(of: path) != file.place else { return }
        throw .unavailable(
            "\"\(path)\" was moved, removed or replaced while it was open; put it back, or stop and start with the right file")
    }
}

/// Which file of the machine it is, whatever names it.
struct FilePlace: Hashable {
    private let device: dev_t
    private let inode: ino_t

    /// The file with this status.
    init(_ status: stat) { (device, inode) = (status.st_dev, status.st_ino) }

    /// The file at a path; `nil` where there is none.
    init?(of path: String) {
        var status = stat()
        guard unsafe fstatat(AT_FDCWD, path, &status, 0) == 0 else { return nil }
        self.init(status)
    }
}
