public import Glibc

/// Files with secrets, and those that decide what a daemon does: looked at once they are open, so that nobody can put another in their place
/// meanwhile.
public enum KeptFile {
    /// Why a file is not what its owner alone made it.
    public enum Fault: Error, Hashable, Sendable {
        /// There is none, or this user may not read it; the value is `errno`.
        case unreadable(Int32)
        /// A folder, a pipe, a device.
        case noFile
        /// More bytes than are read.
        case tooLong(Int)
        /// A user who is neither root nor the one that runs this process.
        case owner(uid_t)
        /// Its group or everybody may read it.
        case readable
        /// Its group or everybody may write it.
        case writable
    }

    /// Reads a secret; its bytes are wiped when `body` has ended.
    ///
    /// - Parameters:
    ///   - limit: how many bytes it may have.
    ///   - anyOwner: whether a user who is neither root nor this one may own it.
    ///   - body: keeps nothing of the bytes but what it makes of them.
    /// - Throws: ``Fault``; what `body` throws.
    public static func secret<R>(
        at path: String, upTo limit: Int = 1 << 16, anyOwner: Bool = false, _ body: ([UInt8]) throws -> R
    ) throws -> R {
        // A pipe that nobody writes would keep us in open(2).
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else { throw Fault.unreadable(errno) }
        defer { close(file) }
        try check(file, isSecret: true, anyOwner: anyOwner)
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        defer { unsafe bytes.withUnsafeMutableBytes { if let start = $0.baseAddress { unsafe explicit_bzero(start, $0.count) } } }
        var count = 0
        while count < bytes.count {
            let more = unsafe bytes.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress?.advanced(by: count), $0.count - count) }
            if more < 0, errno == EINTR { continue }
            guard more >= 0 else { throw Fault.unreadable(errno) }
            guard more > 0 else { break }
            count += more
        }
        guard count <= limit else { throw Fault.tooLong(limit) }
        bytes.removeLast(bytes.count - count)
        return try body(bytes)
    }

    /// Looks at an open file, which for a secret has to be a regular one that others cannot read.
    ///
    /// - Throws: ``Fault``.
    public static func check(_ file: Int32, isSecret: Bool, anyOwner: Bool = false) throws(Fault) {
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw .unreadable(errno) }
        let type = status.st_mode & S_IFMT
        guard type == S_IFREG || !isSecret else { throw .noFile }
        // A terminal or another device is not kept; what comes from it is this user's business.
        guard type == S_IFREG || type == S_IFIFO else { return }
        guard anyOwner || status.st_uid == 0 || status.st_uid == geteuid() else { throw .owner(status.st_uid) }
        guard status.st_mode & 0o022 == 0 else { throw isSecret ? .readable : .writable }
        guard !isSecret || status.st_mode & 0o077 == 0 else { throw .readable }
    }
}
