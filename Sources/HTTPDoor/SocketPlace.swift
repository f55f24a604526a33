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
        try SocketFolder.prepare(folder(of: path))
        let lock = try takeLock(path + ".lock", for: path)
        let place = SocketPlace(path: path, lock: lock)
        try place.removeStale()
        return place
    }

    /// Looks whether it could be taken, and takes nothing.
    ///
    /// - Throws: ``DoorError``.
    static func look(at path: String) throws(DoorError) {
        let folder = try folder(of: path)
        guard try FileStatus.ofName(folder) != nil else { return try SocketFolder.checkMaking(folder) }
        try SocketFolder.check(folder)
        guard unsafe access(folder, W_OK | X_OK) == 0 else { throw .failed("access", folder) }
        _ = try isStale(path)
    }

    private static func folder(of path: String) throws(DoorError) -> String {
        guard path.hasPrefix("/"), !path.hasSuffix("/"), !path.utf8.contains(0) else {
            throw .unusablePath(path, why: "it is no absolute path of a file")
        }
        guard path.utf8.count <= 103 else { throw .unusablePath(path, why: "it has \(path.utf8.count) bytes, and 103 are possible") }
        let end = path.lastIndex(of: "/") ?? path.startIndex
        return end == path.startIndex ? "/" : String(path[..<end])
    }

    private init(path: String, lock: Int32) {
        self.path = path
        self.lock = lock
    }

    /// Removes the socket that was made here, and lets the next one take the place.
    ///
    /// The lock's file stays: removing it would let two others each lock a file of their own.
    consuming func give(_ made: MadeSocket) { made.remove() }

    deinit { close(lock) }

    /// Whoever removes the lock's file while its daemon runs makes the lock worthless; so a socket is asked whether it is served.
    private func removeStale() throws(DoorError) {
        guard try Self.isStale(path) else { return }
        guard unsafe unlink(path) == 0 || errno == ENOENT else { throw .failed("unlink", path) }
    }

    /// Whether a socket is there that nobody serves.
    private static func isStale(_ path: String) throws(DoorError) -> Bool {
        guard let type = try FileStatus.ofName(path)?.type else { return false }
        guard type == S_IFSOCK else { throw .inTheWay(path, what: FileStatus.name(of: type)) }
        switch try SocketListener.at(path) {
        case .nobody: return true
        case .process(let process): throw .taken(path: path, process: process)
        }
    }

    private static func takeLock(_ path: String, for socket: String) throws(DoorError) -> Int32 {
        for _ in 0..<10 {
            if let type = try FileStatus.ofName(path)?.type, type != S_IFREG { throw .inTheWay(path, what: FileStatus.name(of: type)) }
            let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
            guard file >= 0 else { throw .failed("open", path) }
            do throws(DoorError) {
                if try isLocked(file, path, for: socket) { return file }
            } catch {
                close(file)
                throw error
            }
            close(file)
        }
        throw .unusablePath(socket, why: "its lock is replaced again and again")
    }

    /// Locks an open file and writes our number into it; `false` when it has lost its name before it was locked.
    private static func isLocked(_ file: Int32, _ path: String, for socket: String) throws(DoorError) -> Bool {
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw .failed("flock", path) }
            throw .taken(path: socket, process: holder(file))
        }
        guard let locked = try FileStatus.ofFile(file, path), try FileStatus.ofName(path)?.identity == locked.identity else { return false }
        // What has another name is another's file, which must not be written to.
        guard locked.links == 1 else { throw .inTheWay(path, what: "a file with \(locked.links) names") }
        let line = Array("\(getpid())\n".utf8)
        guard ftruncate(file, 0) == 0, unsafe pwrite(file, line, line.count, 0) == line.count else { throw .failed("write", path) }
        return true
    }

    private static func holder(_ file: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = unsafe pread(file, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes.prefix(count).prefix { $0 != 0x0A }, as: UTF8.self))
    }
}
