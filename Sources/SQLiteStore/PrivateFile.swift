import Foundation
import Glibc
import Verification

/// The file of a store: made for its owner alone before SQLite opens it, and refused when others can read it.
enum PrivateFile {
    /// The fewest bytes of a database that is not empty: its header; sqlite.org, "Database File Format", 1.3.
    private static let headerCount: Int64 = 100

    /// Where the file of a store is, whatever names it: for a link the file behind it, so that all who open it share one lock.
    ///
    /// SQLite takes some names for something else than files (`:memory:`, `file:`), but none that begins at the root.
    ///
    /// - Throws: ``Verification/StoreError`` for no name, and for what is there and is no file: a pipe would never answer.
    static func place(of path: String) throws(StoreError) -> String {
        guard !path.isEmpty, !path.utf8.contains(0) else { throw .unavailable("the file has no name") }
        let place = URL(filePath: path).standardizedFileURL.resolvingSymlinksInPath().path
        let type = (try? FileManager.default.attributesOfItem(atPath: place))?[.type] as? FileAttributeType
        guard type == nil || type == .typeRegular else { throw .unavailable("\"\(path)\" is not a file") }
        return place
    }

    /// Takes the file of a store to be opened, and makes folder and file where they are missing; SQLite gives its other files its mode.
    static func prepare(_ path: String) throws(StoreError) -> OpenFile {
        try makeFolder(of: path)
        let file = try OpenFile.take(path, isMade: true) { (status, isTaken) throws(StoreError) in
            try check(path, status, isTaken: isTaken, for: O_RDWR)
        }
        guard let file else { throw .unavailable("there is no file \"\(path)\"") }
        return file
    }

    /// Whether a file is there, and not empty, which is looked at in the same way and left alone.
    static func holdsSomething(_ path: String) throws(StoreError) -> Bool {
        var count: off_t = 0
        _ = try OpenFile.take(path) { (status, isTaken) throws(StoreError) in
            try check(path, status, isTaken: isTaken, for: O_RDONLY)
            count = status.st_size
        }
        return count > 0
    }

    /// Whether a file is there, and empty.
    static func isEmpty(_ path: String) throws(StoreError) -> Bool {
        guard FileManager.default.fileExists(atPath: path) else { return false }
        return try !holdsSomething(path)
    }

    /// Looks at a file; into it only where nobody has it open, who then finds out what it is.
    private static func check(_ path: String, _ status: stat, isTaken: Bool, for access: Int32) throws(StoreError) {
        // Nobody is to change the mode of a file that was never a store.
        if !isTaken { try checkBeginning(path, for: access) }
        guard status.st_mode & 0o077 == 0 else { throw .exposed(path: path) }
        // SQLite takes less than a header for a new file, and would write over what is left of an old one.
        guard status.st_size == 0 || status.st_size >= headerCount else {
            throw .damaged("it has \(status.st_size) of the \(headerCount) bytes that every store begins with")
        }
    }

    /// Whether a file can be opened, and begins as every database does, as far as it goes; sqlite.org, "Database File Format", 1.3.1.
    private static func checkBeginning(_ path: String, for access: Int32) throws(StoreError) {
        let file = unsafe Glibc.open(path, access | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw .system("open", path) }
        defer { close(file) }
        var head = [UInt8](repeating: 0, count: 16)
        let count = unsafe pread(file, &head, head.count, 0)
        guard count >= 0, head.prefix(count).elementsEqual("SQLite format 3\0".utf8.prefix(count)) else {
            throw .foreign("the file is no database")
        }
    }

    /// Makes a file with mode 0600 where nothing is.
    static func make(_ path: String) throws(StoreError) {
        let file = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            guard errno == EEXIST else { throw .system("open", path) }
            return
        }
        close(file)
    }

    /// Opens or creates a file beside a store with mode 0600, in a folder that, if it is new, has 0700.
    ///
    /// - Throws: ``Verification/StoreError``, also for a link and for what has another name: that is another's, and not to be written to.
    static func open(_ path: String) throws(StoreError) -> Int32 {
        try makeFolder(of: path)
        let file = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        guard file >= 0 else {
            throw errno == ELOOP ? .unavailable("\"\(path)\" is a link, where a file of the store has to be") : .system("open", path)
        }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink <= 1 else {
            close(file)
            throw .unavailable("\"\(path)\" is not a file of the store's own")
        }
        return file
    }

    /// Whether an open file still has its name: a lock of one that was replaced keeps nobody out.
    static func has(_ file: Int32, name path: String) -> Bool {
        var (opened, named) = (stat(), stat())
        return unsafe fstat(file, &opened) == 0 && fstatat(AT_FDCWD, path, &named, AT_SYMLINK_NOFOLLOW) == 0
            && FilePlace(opened) == FilePlace(named)
    }

    private static func makeFolder(of path: String) throws(StoreError) {
        let folder = URL(filePath: path).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw .unavailable("cannot make the folder \"\(folder.path)\"") }
    }
}

/// A lock between processes, beside the store, held while its tables are made or changed.
///
/// Eight processes that opened one fresh file together otherwise lost the race now and then.
struct StoreLock {
    private let file: Int32

    /// Refuses a file that is empty where a store was opened before: nobody is to begin anew, unasked, where something was lost.
    static func refuseEmptied(_ path: String) throws(StoreError) {
        var status = stat()
        guard unsafe fstatat(AT_FDCWD, path + "-lock", &status, 0) == 0, status.st_size > 0, try PrivateFile.isEmpty(path) else { return }
        throw .damaged("its file is empty; if nothing of it is to be kept, remove \"\(path)\"")
    }

    /// Writes down that the store was opened.
    func remember() { _ = unsafe pwrite(file, "+", 1, 0) }

    /// Waits for the lock.
    ///
    /// - Throws: ``Verification/StoreError/busy`` after ten seconds.
    init(beside path: String) throws(StoreError) {
        let place = path + "-lock"
        var file = try PrivateFile.open(place)
        for _ in 0..<200 {
            if flock(file, LOCK_EX | LOCK_NB) == 0 {
                if PrivateFile.has(file, name: place) {
                    self.file = file
                    return
                }
                close(file)
                file = try PrivateFile.open(place)
                continue
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
    static func system(_ call: String, _ path: String) -> StoreError {
        .unavailable("\(call) \"\(path)\": \(unsafe String(cString: strerror(errno)))")
    }
}
