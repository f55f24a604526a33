import GRDB
import Glibc
import Synchronization
import Verification

/// A file that this process has open through SQLite, or is about to.
///
/// Whoever closes any descriptor of a file drops all locks that the process has on it, SQLite's among them (fcntl(2); sqlite.org,
/// "How To Corrupt An SQLite Database File", 2.2). So nobody else opens a file as long as it is taken here, not even to look at it.
final class OpenFile: Sendable {
    /// How often each file is taken.
    private static let counts = Mutex<[FilePlace: Int]>([:])

    /// Which file it is.
    let place: FilePlace

    private init(_ place: FilePlace) { self.place = place }

    deinit {
        let place = place
        Self.counts.withLock { counts in
            guard let count = counts[place] else { return }
            counts[place] = count > 1 ? count - 1 : nil
        }
    }

    /// Takes the file at a path until this value goes; `nil` where there is none.
    ///
    /// No two threads do so at once: none closes what it has looked at after another one's SQLite has opened it.
    ///
    /// - Parameters:
    ///   - isMade: whether it is made where it is missing.
    ///   - look: gets its status, and whether it is taken already; only one that is not may be opened.
    /// - Throws: ``Verification/StoreError``: what `look` throws, and for a path that cannot be followed.
    static func take(
        _ path: String, isMade: Bool = false, look: (_ status: stat, _ isTaken: Bool) throws(StoreError) -> Void = { _, _ in }
    ) throws(StoreError) -> OpenFile? {
        try counts.withLock { counts throws(StoreError) -> OpenFile? in
            if isMade { try PrivateFile.make(path) }
            var status = stat()
            guard unsafe fstatat(AT_FDCWD, path, &status, 0) == 0 else {
                guard errno == ENOENT else { throw StoreError.system("stat", path) }
                return nil
            }
            let place = FilePlace(status)
            try look(status, counts[place] != nil)
            counts[place, default: 0] += 1
            return OpenFile(place)
        }
    }
}

extension Configuration {
    /// Keeps a file taken for as long as a connection is open that was made so.
    mutating func keep(_ file: OpenFile) { prepareDatabase { _ in withExtendedLifetime(file) {} } }
}
