import Foundation

/// One program's time with a state file, from reading it to writing it: two at once would spend the same thing twice.
///
/// The lock is on a hidden file beside it, because the state file itself is replaced by each write.
struct StateLock: ~Copyable {
    private let descriptor: Int32

    /// Waits up to ten seconds for whoever has the file.
    ///
    /// - Throws: ``Failure``; `CancellationError`.
    static func taking(_ name: String) async throws -> StateLock {
        let file = URL(filePath: name).resolvingSymlinksInPath()
        let beside = file.deletingLastPathComponent().appending(path: ".\(file.lastPathComponent.suffix(200)).lock")
        let descriptor = unsafe open(beside.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Failure("cannot write beside \"\(name)\"", hint: "check the folder and its rights", exit: .environment)
        }
        let lock = StateLock(descriptor: descriptor)
        for _ in 0..<100 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return lock }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Failure("another program is using \"\(name)\"", hint: "let it finish, then repeat", exit: .environment)
    }

    /// Lets the file go; at the latest now.
    deinit { close(descriptor) }
}
