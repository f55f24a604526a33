import Foundation
import SwiftASN1

extension InputFile {
    /// Whether a name means standard output.
    static func isStandardOutput(_ name: String) -> Bool { ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].contains(name) }

    /// Writes a file whole or not at all; what is no file (a pipe, `-` for standard output) is written to as it is.
    ///
    /// A program that is killed meanwhile leaves nothing, or one hidden draft that the next write of this file replaces.
    ///
    /// - Parameters:
    ///   - isPrivate: whether only its owner may read it, from the first moment on; then a terminal does not get it.
    ///   - isNew: whether nothing of this name may be there.
    static func write(_ bytes: [UInt8], to name: String, isPrivate: Bool = false, isNew: Bool = false) throws {
        if isStandardOutput(name) {
            guard !isPrivate || isatty(1) == 0 else { throw secretOnScreen }
            return FileHandle(descriptor: 1).write(bytes: bytes)
        }
        guard !name.isEmpty else { throw unwritable(name) }
        let target = URL(filePath: name).resolvingSymlinksInPath()
        let kind = try? FileManager.default.attributesOfItem(atPath: target.path)[.type] as? FileAttributeType
        do {
            // A pipe behind a link has no path of its own, and therefore no kind.
            if FileManager.default.fileExists(atPath: name), kind != .typeRegular {
                try write(bytes, into: name, isPrivate: isPrivate)
            } else {
                try replace(target, with: bytes, rights: isPrivate ? 0o600 : 0o666, isNew: isNew)
            }
        } catch is POSIXError {
            throw unwritable(name)
        }
    }

    /// Writes to what is no file, and may be slow to take it.
    private static func write(_ bytes: [UInt8], into name: String, isPrivate: Bool) throws {
        // A pipe that nobody reads would keep us in open(2).
        let file = unsafe Foundation.open(name, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else { throw POSIXError(.EIO) }
        defer { close(file, of: name) }
        guard !isPrivate || isatty(file) == 0 else { throw secretOnScreen }
        try write(bytes, to: file)
    }

    private static func write(_ bytes: [UInt8], to file: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Foundation.write(file, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                try awaitRoom(in: file, until: .now.advanced(by: patience))
            } else if errno != EINTR {
                throw POSIXError(.EIO)
            }
        }
    }

    /// A file without a name is written first, and then gets its name.
    private static func replace(_ target: URL, with bytes: [UInt8], rights: mode_t, isNew: Bool) throws {
        let folder = target.deletingLastPathComponent()
        let draft = folder.appending(path: ".\(target.lastPathComponent.suffix(100)).tessera-draft").path
        var file = unsafe Foundation.open(folder.path, O_WRONLY | O_CLOEXEC | nameless, rights)
        let isNameless = file >= 0
        if !isNameless {
            // A file system that has no such files.
            _ = unsafe unlink(draft)
            file = unsafe Foundation.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, rights)
        }
        guard file >= 0 else { throw POSIXError(.EIO) }
        defer { _ = Foundation.close(file) }
        var hasDraft = !isNameless
        defer { if hasDraft { _ = unsafe unlink(draft) } }
        try write(bytes, to: file)
        guard fsync(file) == 0 else { throw POSIXError(.EIO) }
        let source = isNameless ? "/proc/self/fd/\(file)" : draft
        // Another program that writes the same file at the same time takes the draft away.
        for _ in 0..<10 {
            if name(source, target.path) { break }
            guard errno == EEXIST, !isNew else { throw POSIXError(.EIO) }
            if isNameless {
                _ = unsafe unlink(draft)
                hasDraft = name(source, draft)
            }
            if unsafe rename(draft, target.path) == 0 {
                hasDraft = false
                break
            }
            guard errno == ENOENT else { throw POSIXError(.EIO) }
        }
        let parent = unsafe Foundation.open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { return }
        fsync(parent)
        _ = Foundation.close(parent)
    }

    /// Gives a file one more name; `errno` is `EEXIST` when something has it.
    private static func name(_ source: String, _ path: String) -> Bool {
        unsafe linkat(AT_FDCWD, source, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0
    }

    /// `O_TMPFILE`, which Glibc's header writes in a way that Swift does not import; open(2).
    private static let nameless = 0o20_000_000 | O_DIRECTORY

    private static func unwritable(_ name: String) -> Failure {
        Failure("cannot write \"\(name)\"", hint: "check the folder and its rights, and the space on the disk", exit: .environment)
    }

    private static var secretOnScreen: Failure {
        Failure("a secret is not written to a terminal", hint: "name a file, or send it on through a pipe", exit: .usage)
    }

    /// Finds out, before anything is done for it, whether a file can be written.
    ///
    /// - Throws: ``Failure`` for a folder, for one in a folder that is missing or closed, and for a pipe that nobody reads.
    static func checkWritable(_ name: String) throws {
        if isStandardOutput(name) { return }
        let target = URL(filePath: name).resolvingSymlinksInPath()
        let kind = try? FileManager.default.attributesOfItem(atPath: target.path)[.type] as? FileAttributeType
        let isThere = FileManager.default.fileExists(atPath: name)
        var isWritable = !name.isEmpty && kind != .typeDirectory
        if isThere, kind != .typeRegular {
            // A pipe that nobody reads would keep us waiting: it is not opened so.
            let descriptor = unsafe Foundation.open(name, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            isWritable = isWritable && descriptor >= 0
            if descriptor >= 0 { _ = Foundation.close(descriptor) }
        } else {
            isWritable = isWritable && FileManager.default.isWritableFile(atPath: target.deletingLastPathComponent().path)
        }
        guard isWritable else { throw unwritable(name) }
    }

    /// Writes a certificate.
    static func write(pem certificate: [UInt8], to name: String) throws { try write(certificates: [certificate], to: name) }

    /// Writes certificates, one behind the other.
    static func write(certificates: [[UInt8]], to name: String) throws {
        let text = certificates.map { PEMDocument(type: "CERTIFICATE", derBytes: $0).pemString + "\n" }.joined()
        try write(Array(text.utf8), to: name)
    }
}
