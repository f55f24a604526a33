import CoreFoundation
import Foundation

/// How a file gets its new contents: whoever opens it finds all of the old ones or all of the new ones.
extension InputFile {
    /// Writes a file without a name (`O_TMPFILE`, open(2)), and gives it the name.
    ///
    /// A name that is taken can only be taken over from another one, so that the new file is a hidden draft for that moment; where the
    /// file system has no files without a name, it is one all the time. No two calls have a draft of the same name.
    ///
    /// One's own file that is replaced keeps its group and, unless it is private, its mode.
    ///
    /// - Parameters:
    ///   - name: what the person called the file.
    ///   - isPrivate: whether its mode is 0600.
    ///   - keepsOwner: whether another user's file stays theirs; otherwise the new one is a new file of one's own.
    ///   - isNew: whether nothing may be there.
    ///   - hasNameless: whether the file system is asked for a file without a name.
    /// - Throws: `POSIXError`; ``Failure`` when a file that is to stay another user's cannot.
    static func replace(
        _ target: URL, called name: String, with bytes: [UInt8], isPrivate: Bool = false, keepsOwner: Bool = false, isNew: Bool = false,
        hasNameless: Bool = true
    ) throws {
        let folder = target.deletingLastPathComponent()
        let draft = folder.appending(path: draftName(for: target.lastPathComponent)).path
        let former = isNew ? nil : regularFile(at: target.path)
        let isOwn = former?.st_uid == geteuid()
        // What takes a file's place is its writer's alone until it has that file's group or owner.
        let mode: mode_t = isPrivate || isOwn || keepsOwner && former != nil ? 0o600 : 0o666
        var file: Int32 = -1
        if hasNameless { file = unsafe Foundation.open(folder.path, O_WRONLY | O_CLOEXEC | nameless, mode) }
        var hasDraft = file < 0
        if hasDraft { file = unsafe Foundation.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode) }
        guard file >= 0 else { throw POSIXError(number: errno) }
        defer { _ = Foundation.close(file) }
        defer { if hasDraft { _ = unsafe unlink(draft) } }
        if let former, isOwn, !isPrivate { try keepRights(of: former, for: file) }
        if let former, !isOwn, keepsOwner { try handOver(file, to: former, in: folder, called: name) }
        try write(bytes, to: file)
        guard fsync(file) == 0 else { throw POSIXError(number: errno) }

        let source = hasDraft ? draft : "/proc/self/fd/\(file)"
        if isNew || !hasDraft, give(source, the: target.path) { return keepNames(in: folder) }
        guard !isNew else { throw POSIXError(number: errno) }
        if !hasDraft {
            guard errno == EEXIST, give(source, the: draft) else { throw POSIXError(number: errno) }
            hasDraft = true
        }
        guard unsafe rename(draft, target.path) == 0 else { throw POSIXError(number: errno) }
        hasDraft = false
        keepNames(in: folder)
    }

    /// A name of this call's own: the end of the file's, the process, and a random number, in less than 255 bytes.
    private static func draftName(for name: String) -> String {
        let end = String(decoding: name.utf8.suffix(100), as: UTF8.self)
        return ".\(end).\(getpid())-\(String(UInt64.random(in: .min ... .max), radix: 16)).tessera-draft"
    }

    /// What the system says of a file; `nil` when there is none, or something else.
    private static func regularFile(at path: String) -> stat? {
        var status = stat()
        guard unsafe fstatat(AT_FDCWD, path, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return status
    }

    /// Gives an open file the group and the mode of one's own that it replaces.
    private static func keepRights(of former: stat, for file: Int32) throws {
        let hasGroup = fchown(file, uid_t.max, former.st_gid) == 0
        let everyone = former.st_mode & 0o007
        // Another group gets no more than everyone.
        let mode = hasGroup ? former.st_mode & 0o777 : former.st_mode & 0o700 | everyone << 3 | everyone
        guard fchmod(file, mode) == 0 else { throw POSIXError(number: errno) }
    }

    /// Gives an open file to the owner of the one that it replaces, unless anybody else could have laid that there: they would be given
    /// what is in it.
    private static func handOver(_ file: Int32, to former: stat, in folder: URL, called name: String) throws {
        var (place, named) = (stat(), stat())
        guard unsafe fstatat(AT_FDCWD, folder.path, &place, 0) == 0, unsafe fstatat(AT_FDCWD, name, &named, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw POSIXError(number: errno)
        }
        let isClosed = place.st_mode & 0o022 == 0 || place.st_uid == former.st_uid
        guard isClosed, named.st_ino == former.st_ino, named.st_dev == former.st_dev else {
            throw Failure(
                "\"\(name)\" belongs to another user, and is a link, or in a folder where others can write",
                hint: "do this as that user", exit: .environment)
        }
        guard fchown(file, former.st_uid, former.st_gid) == 0 else {
            throw Failure(
                "\"\(name)\" belongs to another user, who would lose it", hint: "do this as that user, or as root", exit: .environment)
        }
    }

    /// Gives a file one more name; `errno` is `EEXIST` when something has it.
    private static func give(_ source: String, the name: String) -> Bool {
        unsafe linkat(AT_FDCWD, source, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0
    }

    /// Makes what a folder lists lasting: it knows of a new file only when it was written, too.
    static func keepNames(in folder: URL) {
        let file = unsafe Foundation.open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { return }
        fsync(file)
        _ = Foundation.close(file)
    }

    /// `O_TMPFILE`, which Glibc's header writes in a way that Swift does not import; open(2).
    private static let nameless = 0o20_000_000 | O_DIRECTORY
}

extension POSIXError {
    /// What `errno` was.
    init(number: Int32) { self.init(POSIXErrorCode(rawValue: number) ?? .EIO) }
}
