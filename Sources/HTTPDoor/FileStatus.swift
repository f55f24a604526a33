import Glibc

/// What the system says of a name in the file system.
struct FileStatus {
    let type: mode_t
    let mode: mode_t
    let owner: uid_t
    /// How many names it has.
    let links: Int
    let identity: Identity

    /// What tells one from all others of this machine, as long as it is there.
    struct Identity: Hashable {
        let device: dev_t
        let node: ino_t
    }

    /// Of the name itself, also where it is a link; `nil` when nothing has it.
    static func ofName(_ path: String) throws(DoorError) -> FileStatus? {
        var status = stat()
        let found = unsafe lstat(path, &status) == 0
        return try made(found, status, path)
    }

    /// Of an open file; `path` names it in an error.
    static func ofFile(_ file: Int32, _ path: String) throws(DoorError) -> FileStatus? {
        var status = stat()
        let found = unsafe fstat(file, &status) == 0
        return try made(found, status, path)
    }

    private static func made(_ found: Bool, _ status: stat, _ path: String) throws(DoorError) -> FileStatus? {
        guard found else {
            guard errno == ENOENT else { throw .failed("stat", path) }
            return nil
        }
        return FileStatus(
            type: status.st_mode & S_IFMT, mode: status.st_mode, owner: status.st_uid, links: Int(clamping: status.st_nlink),
            identity: Identity(device: status.st_dev, node: status.st_ino))
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
