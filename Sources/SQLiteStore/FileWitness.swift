import Glibc
import Synchronization
import Verification

/// Whether the file that is open is still the one at its path, and whether the disk had room for the last commit.
///
/// SQLite goes on with a file that was moved or removed, and what it then acknowledges is lost with the process.
final class FileWitness: Sendable {
    private struct Place: Equatable {
        let device: dev_t
        let inode: ino_t
    }

    private let path: String
    private let place: Place?
    private let state = Mutex<StoreError?>(nil)

    /// Looks at the file that was just opened.
    ///
    /// - Throws: ``Verification/StoreError/unavailable(_:)`` where there is none.
    init(_ path: String) throws(StoreError) {
        self.path = path
        guard let place = Self.place(of: path) else { throw .unavailable("there is no file \"\(path)\"") }
        self.place = place
    }

    /// Of a store that has no file.
    init() {
        path = ""
        place = nil
    }

    /// The full disk that the last commit met.
    var trouble: StoreError? { state.withLock { $0 } }

    /// Says how a commit went: `nil` for one that was stored.
    func tell(_ error: StoreError?) { state.withLock { $0 = error } }

    /// Looks at the path again.
    ///
    /// - Throws: ``Verification/StoreError/unavailable(_:)`` when nothing, or another file, is there.
    func check() throws(StoreError) {
        guard let place, Self.place(of: path) != place else { return }
        throw .unavailable(
            "\"\(path)\" was moved, removed or replaced while it was open; put it back, or stop and start with the right file")
    }

    private static func place(of path: String) -> Place? {
        var status = stat()
        guard unsafe fstatat(AT_FDCWD, path, &status, 0) == 0 else { return nil }
        return Place(device: status.st_dev, inode: status.st_ino)
    }
}
