internal import Foundation

/// The calls that a state file needs from the system, one by one, so that a test can cut power between any two.
protocol StateFileSystem: Sendable {
    /// Takes the lock in the file at `path` for as long as it is not released; `nil` when another one has it.
    func lock(_ path: String) throws(StateFileFailure) -> Int32?
    /// Gives a lock back.
    func release(_ lock: Int32)
    /// How many names a file has; 0 when there is none.
    func links(to path: String) -> Int
    /// All bytes of a file, at most `limit`; `nil` when there is none.
    func read(_ path: String, limit: Int) throws(StateFileFailure) -> [UInt8]?
    /// Removes a file; nothing happens when there is none.
    func remove(_ path: String) throws(StateFileFailure)
    /// Makes a file, which must not be there, for its owner alone, and opens it.
    func create(_ path: String) throws(StateFileFailure) -> Int32
    /// Writes some of `bytes`, at least one.
    func write(_ bytes: ArraySlice<UInt8>, to file: Int32) throws(StateFileFailure) -> Int
    /// Makes what was written to a file, or what a folder lists, lasting.
    func synchronise(_ file: Int32) throws(StateFileFailure)
    /// Closes a file or a folder.
    func close(_ file: Int32)
    /// Gives a file another name, in place of what had it.
    func rename(_ from: String, to: String) throws(StateFileFailure)
    /// Opens a folder for ``synchronise(_:)``.
    func openFolder(_ path: String) throws(StateFileFailure) -> Int32
}

/// A call that the system refused.
package struct StateFileFailure: Error, Hashable {
    let call: String
    let path: String
    let reason: String
    /// What `errno` was; 0 for a reason of our own.
    var number: Int32 = 0
    /// Whether the new file has taken the old one's place before this, and may lose it again when power is cut.
    var isUnsettled = false
}

extension StateFileSystem {
    /// Replaces a file, so that whoever reads it after any crash finds all of the old one or all of the new one.
    ///
    /// A draft in the same folder is written and made lasting, then takes the name; the folder is made lasting last.
    /// Who calls this has the lock: a draft that a crash left behind is nobody's.
    ///
    /// - Throws: ``StateFileFailure``: the old file is there, or, when it is unsettled, the new one. A file system that has no
    ///   fsync(2) for folders (`EINVAL`) is taken for one that needs none.
    func replace(_ path: String, with bytes: [UInt8]) throws(StateFileFailure) {
        let draft = path + ".new"
        try remove(draft)
        let file = try create(draft)
        do throws(StateFileFailure) {
            defer { close(file) }
            var rest = bytes[...]
            while !rest.isEmpty { rest = rest.dropFirst(try write(rest, to: file)) }
            try synchronise(file)
        } catch {
            try? remove(draft)
            throw error
        }
        do throws(StateFileFailure) { try rename(draft, to: path) } catch {
            try? remove(draft)
            throw error
        }
        do throws(StateFileFailure) {
            let folder = try openFolder((path as NSString).deletingLastPathComponent)
            defer { close(folder) }
            try synchronise(folder)
        } catch  where error.number == EINVAL {
            return
        } catch {
            var error = error
            error.isUnsettled = true
            throw error
        }
    }
}

/// The calls of this machine.
struct SystemStateFiles: StateFileSystem {
    /// Whoever had the lock before removes the file, so that what was opened may be nobody's any more: then another try.
    func lock(_ path: String) throws(StateFileFailure) -> Int32? {
        for _ in 0..<100 {
            let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard file >= 0 else { throw .now("open", path) }
            guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
                let isTaken = errno == EWOULDBLOCK
                let failure = StateFileFailure.now("flock", path)
                close(file)
                if isTaken { return nil }
                throw failure
            }
            guard Self.path(of: file)?.hasSuffix(Self.removed) == true else { return file }
            close(file)
        }
        return nil
    }

    /// Removes the file while the lock still holds, so that none stays behind but that of a program that was killed.
    func release(_ lock: Int32) {
        if let path = Self.path(of: lock), path.hasSuffix(".lock") { _ = unsafe unlink(path) }
        // Closing alone would leave it to a child process that has not got as far as exec(3) yet.
        _ = flock(lock, LOCK_UN)
        close(lock)
    }

    /// What the kernel calls an open file; a removed one's name ends in ``removed``.
    ///
    /// Linux, proc(5), `/proc/pid/fd`.
    private static func path(of file: Int32) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(file)")
    }

    private static let removed = " (deleted)"

    func links(to path: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.referenceCount] as? NSNumber)?.intValue ?? 0
    }

    func read(_ path: String, limit: Int) throws(StateFileFailure) -> [UInt8]? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw .now("open", path)
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        let size = 1 << 16
        while true {
            var failure: StateFileFailure?
            let part = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                let result = uninterrupted { unsafe Foundation.read(file, buffer.baseAddress, size) }
                if result < 0 { failure = .now("read", path) }
                count = max(0, result)
            }
            if let failure { throw failure }
            bytes += part
            guard bytes.count <= limit else {
                throw StateFileFailure(call: "read", path: path, reason: "it has more than \(limit >> 20) MiB")
            }
            guard !part.isEmpty else { return bytes }
        }
    }

    func remove(_ path: String) throws(StateFileFailure) {
        guard unsafe unlink(path) == 0 || errno == ENOENT else { throw .now("unlink", path) }
    }

    func create(_ path: String) throws(StateFileFailure) -> Int32 {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw .now("open", path) }
        return file
    }

    func write(_ bytes: ArraySlice<UInt8>, to file: Int32) throws(StateFileFailure) -> Int {
        let count = unsafe bytes.withUnsafeBytes { buffer in
            uninterrupted { unsafe Foundation.write(file, buffer.baseAddress, buffer.count) }
        }
        guard count > 0 else { throw .now("write", "") }
        return count
    }

    func synchronise(_ file: Int32) throws(StateFileFailure) {
        guard uninterrupted({ Int(fsync(file)) }) == 0 else { throw .now("fsync", "") }
    }

    func close(_ file: Int32) { _ = Foundation.close(file) }

    func rename(_ from: String, to path: String) throws(StateFileFailure) {
        guard unsafe Foundation.rename(from, path) == 0 else { throw .now("rename", path) }
    }

    func openFolder(_ path: String) throws(StateFileFailure) -> Int32 {
        let folder = unsafe open(path.isEmpty ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw .now("open", path) }
        return folder
    }
}

extension StateFileFailure {
    /// What `errno` says now.
    fileprivate static func now(_ call: String, _ path: String) -> StateFileFailure {
        let number = errno
        return StateFileFailure(call: call, path: path, reason: unsafe String(cString: strerror(number)), number: number)
    }
}

/// Repeats a call for as long as a signal interrupts it (`EINTR`).
func uninterrupted(_ call: () -> Int) -> Int {
    while true {
        let result = call()
        guard result < 0, errno == EINTR else { return result }
    }
}
