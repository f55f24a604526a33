import Glibc

/// What tells a regular file from the one that stood at its path before, or from itself with other contents or rights.
public struct FileStamp: Hashable, Sendable {
    private let device: dev_t
    private let node: ino_t
    private let size: off_t
    /// Of contents and of the node, in nanoseconds.
    private let (modified, changed): (Int, Int)

    /// `nil` where there is none: what comes through a pipe comes once.
    public init?(of path: String) {
        var status = stat()
        guard unsafe fstatat(AT_FDCWD, path, &status, 0) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        (device, node, size) = (status.st_dev, status.st_ino, status.st_size)
        modified = status.st_mtim.tv_sec &* 1_000_000_000 &+ status.st_mtim.tv_nsec
        changed = status.st_ctim.tv_sec &* 1_000_000_000 &+ status.st_ctim.tv_nsec
    }
}
