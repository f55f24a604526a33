import Glibc

/// The folder, the lock and the socket of a door in the file system.
///
/// Whoever holds the lock may remove and make the socket: NIO itself would remove one that another daemon serves.
struct SocketPlace: ~Copyable {
    /// The path of the socket.
    let path: String
    private let lock: Int32

    /// Makes the folder where it is missing, takes the lock, and removes a socket that nobody serves.
    ///
    /// - Throws: ``DoorError``.
    static func take(_ path: String) throws(DoorError) -> SocketPlace {
        guard path.hasPrefix("/"), !path.hasSuffix("/"), !path.utf8.contains(0) else {
            throw .unusablePath(path, why: "it is no absolute path of a file")
        }
        guard path.utf8.count <= 103 else { throw .unusablePath(path, why: "it has \(path.utf8.count) bytes, and 103 are possible") }
        let end = path.lastIndex(of: "/") ?? path.startIndex
        let folder = end == path.startIndex ? "/" : String(path[..<end])
        try SocketFolder.prepare(folder)
        let lock = try takeLock(path + ".lock", for: path)
        let place = SocketPlace(path: path, lock: lock)
        try place.removeStale()
        return place
    }

    private init(path: String, lock: Int32) {
        self.path = path
        self.lock = lock
    }

    /// Removes the socket and lets the next one take the place.
    ///
    /// The lock's file stays: removing it would let two others each lock a file of their own.
    consuming func give() { _ = unsafe unlink(path) }

    deinit { close(lock) }

    /// Gives a socket its mode.
    static func set(_ mode: mode_t, of path: String) throws(DoorError) {
        guard unsafe chmod(path, mode) == 0 else { throw .failed("chmod", path) }
    }

    private func removeStale() throws(DoorError) {
        guard let type = try FileStatus.ofName(path)?.type else { return }
        guard type == S_IFSOCK else { throw .inTheWay(path, what: FileStatus.name(of: type)) }
        guard unsafe unlink(path) == 0 || errno == ENOENT else { throw .failed("unlink", path) }
    }

    private static func takeLock(_ path: String, for socket: String) throws(DoorError) -> Int32 {
        if let type = try FileStatus.ofName(path)?.type, type != S_IFREG { throw .inTheWay(path, what: FileStatus.name(of: type)) }
        let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        guard file >= 0 else { throw .failed("open", path) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let isTaken = errno == EWOULDBLOCK
            let reason = DoorError.failed("flock", path)
            let holder = holder(file)
            close(file)
            throw isTaken ? .taken(path: socket, process: holder) : reason
        }
        let line = Array("\(getpid())\n".utf8)
        guard ftruncate(file, 0) == 0, unsafe pwrite(file, line, line.count, 0) == line.count else {
            let reason = DoorError.failed("write", path)
            close(file)
            throw reason
        }
        return file
    }

    private static func holder(_ file: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = unsafe pread(file, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes.prefix(count).prefix { $0 != 0x0A }, as: UTF8.self))
    }
}

/// The folder that a socket is in.
enum SocketFolder {
    /// Makes the folder with mode 0700 where it is missing, and refuses one that others can change.
    static func prepare(_ path: String) throws(DoorError) {
        if unsafe mkdir(path, 0o700) != 0, errno != EEXIST { throw .failed("mkdir", path) }
        guard let folder = try FileStatus.ofName(path) else { throw .failed("lstat", path) }
        guard folder.type == S_IFDIR else { throw .unsafeFolder(path, why: "it is \(FileStatus.name(of: folder.type))") }
        guard folder.owner == geteuid() else { throw .unsafeFolder(path, why: "it belongs to user \(folder.owner)") }
        guard folder.mode & 0o022 == 0 else { throw .unsafeFolder(path, why: "others can write into it") }
        try checkAbove(path)
    }

    /// Whoever can rename a folder above can put another in its place.
    private static func checkAbove(_ path: String) throws(DoorError) {
        var above = path[...]
        while let end = above.lastIndex(of: "/"), end != path.startIndex {
            above = above[..<end]
            guard let folder = try FileStatus.ofTarget(String(above)) else { return }
            guard folder.owner == 0 || folder.owner == geteuid() else {
                throw .unsafeFolder(String(above), why: "it belongs to user \(folder.owner)")
            }
            guard folder.mode & 0o002 == 0 || folder.mode & S_ISVTX != 0 else {
                throw .unsafeFolder(String(above), why: "everybody can write into it")
            }
        }
    }
}

/// What the system says of a name in the file system.
struct FileStatus {
    let type: mode_t
    let mode: mode_t
    let owner: uid_t

    /// Of the name itself, also where it is a link; `nil` when nothing has it.
    static func ofName(_ path: String) throws(DoorError) -> FileStatus? {
        var status = stat()
        let found = unsafe lstat(path, &status) == 0
        return try made(found, status, path)
    }

    /// Of what the name leads to.
    static func ofTarget(_ path: String) throws(DoorError) -> FileStatus? {
        var status = stat()
        let found = unsafe stat(path, &status) == 0
        return try made(found, status, path)
    }

    private static func made(_ found: Bool, _ status: stat, _ path: String) throws(DoorError) -> FileStatus? {
        guard found else {
            guard errno == ENOENT else { throw .failed("stat", path) }
            return nil
        }
        return FileStatus(type: status.st_mode & S_IFMT, mode: status.st_mode, owner: status.st_uid)
    }

    static func name(of type: mode_t) -> String {
        switch type {
        case S_IFSOCK: "a socket"
        case S_IFLNK: "a symbolic link"
        case S_IFDIR: "a folder"
        case S_IFREG: "a file"
        case S_IFIFO: "a pipe"
        default: "a device"
        }
    }
}

extension DoorError {
    /// A failed system call, with what `errno` says.
    static func failed(_ call: String, _ path: String) -> DoorError {
        .system(call: call, path: path, why: unsafe String(cString: strerror(errno)))
    }
}
