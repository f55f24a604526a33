import CoreFoundation
import Foundation

/// How a file gets its new contents: whoever opens it finds all of the old ones or all of the new ones.
extension InputFile {
    /// Writes a file without a name (`O_TMPFILE`, open(2)), and gives it the name.
    ///
    /// A name that is taken can only be taken over from another one, so that the new file is a hidden draft for that moment; where the
    /// file system has no files without a name, it is one all the time. No two calls have a draft of the same name.
    ///
    /// - Parameters:
    ///   - name: what the person called the file, for errors.
    ///   - isPrivate: whether its mode is 0600; otherwise that of the file which it replaces.
    ///   - isNew: whether nothing may be there.
    ///   - hasNameless: whether the file system is asked for a file without a name.
    /// - Throws: `POSIXError`; ``Failure`` when a private file would be taken from its owner.
    static func replace(
        _ target: URL, called name: String, with bytes: [UInt8], isPrivate: Bool = false, isNew: Bool = false, hasNameless: Bool = true
    ) throws {
        let folder = target.deletingLastPathComponent()
        let draft = folder.appending(path: draftName(for: target.lastPathComponent)).path
        let former = isNew ? nil : regularFile(at: target.path)
        // What takes a file's place is its writer's alone until it has that file's owner.
        let mode: mode_t = isPrivate || former != nil ? 0o600 : 0o666
        var file: Int32 = -1
        if hasNameless { file = unsafe Foundation.open(folder.path, O_WRONLY | O_CLOEXEC | nameless, mode) }
        var hasDraft = file < 0
        if hasDraft { file = unsafe Foundation.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode) }
        guard file >= 0 else { throw POSIXError(number: errno) }
        defer { _ = Foundation.close(file) }
        defer { if hasDraft { _ = unsafe unlink(draft) } }
        if let former { try handOver(from: former, to: file, in: folder, called: name, isPrivate: isPrivate) }
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

    /// Gives an open file the owner, the group and, unless it is private, the mode of the one that it replaces.
    ///
    /// Who may not give away a file that is not private keeps it.
    private static func handOver(from former: stat, to file: Int32, in folder: URL, called name: String, isPrivate: Bool) throws {
        var new = stat()
        guard unsafe fstat(file, &new) == 0 else { throw POSIXError(number: errno) }
        let isOthers = former.st_uid != new.st_uid
        if isPrivate, isOthers {
            var place = stat()
            guard unsafe fstatat(AT_FDCWD, folder.path, &place, 0) == 0 else { throw POSIXError(number: errno) }
            // Anybody could have laid it there, and would be given the secret.
            guard place.st_mode & 0o002 == 0 || place.st_uid == former.st_uid else {
                throw Failure(
                    "\"\(name)\" belongs to another user, in a folder where everyone can write", hint: "choose another name, or remove it",
                    exit: .environment)
            }
        }
        let isKept = !isOthers && former.st_gid == new.st_gid || fchown(file, former.st_uid, former.st_gid) == 0
        guard isKept || !isPrivate || !isOthers else {
            throw Failure(
                "\"\(name)\" belongs to another user, who would lose it", hint: "do this as that user, or as root", exit: .environment)
        }
        guard !isPrivate else { return }
        let hasGroup = isKept || former.st_gid == new.st_gid || fchown(file, uid_t.max, former.st_gid) == 0
        let everyone = former.st_mode & 0o007
        // Another group gets no more than everyone.
        let mode = hasGroup ? former.st_mode & 0o777 : former.st_mode & 0o700 | everyone << 3 | everyone
        guard new.st_mode & 0o777 == mode || fchmod(file, mode) == 0 else { throw POSIXError(number: errno) }
    }

    /// Gives a file one more name; `errno` is `EEXIST` when something has it.
    private static func give(_ source: String, the name: String) -> Bool {
        unsafe linkat(AT_FDCWD, source, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0
    }

    /// Makes what a folder lists lasting.
    private static func keepNames(in folder: URL) {
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
