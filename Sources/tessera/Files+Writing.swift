import Foundation
import SwiftASN1

extension InputFile {
    /// Whether a name means standard output.
    static func isStandardOutput(_ name: String) -> Bool { ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].contains(name) }

    /// Writes a file whole or not at all; what is no file (a pipe, `-` for standard output) is written to as it is.
    ///
    /// One's own file that is replaced keeps its group and, unless it is private, its mode. A program that is killed meanwhile leaves
    /// nothing; or a hidden draft, where the file system has no `O_TMPFILE` or the name was just being taken over.
    ///
    /// - Parameters:
    ///   - isPrivate: whether only its owner may read it, from the first moment on; then a terminal does not get it.
    ///   - keepsOwner: whether another user's file stays theirs.
    ///   - isNew: whether nothing of this name may be there.
    static func write(
        _ bytes: [UInt8], to name: String, isPrivate: Bool = false, keepsOwner: Bool = false, isNew: Bool = false
    ) throws {
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
                try replace(target, called: name, with: bytes, isPrivate: isPrivate, keepsOwner: keepsOwner, isNew: isNew)
            }
        } catch is POSIXError {
            throw unwritable(name)
        }
    }

    /// Writes to what is no file, and may be slow to take it.
    private static func write(_ bytes: [UInt8], into name: String, isPrivate: Bool) throws {
        // A pipe that nobody reads would keep us in open(2).
        let file = unsafe Foundation.open(name, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else { throw POSIXError(number: errno) }
        defer { close(file, of: name) }
        guard !isPrivate || isatty(file) == 0 else { throw secretOnScreen }
        try write(bytes, to: file)
    }

    /// Writes all bytes to what is open, blocking or not.
    ///
    /// - Parameter patience: how long it may have no room; `nil` for as long as the task is not cancelled.
    /// - Throws: `POSIXError`; ``Failure`` when the time is over; `CancellationError`.
    static func write(_ bytes: [UInt8], to file: Int32, within patience: Duration? = patience) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Foundation.write(file, $0.baseAddress, $0.count) }
            let trouble = count < 0 ? errno : EIO
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if trouble == EAGAIN {
                try awaitRoom(in: file, until: patience.map { ContinuousClock.now.advanced(by: $0) })
            } else if trouble != EINTR {
                throw POSIXError(number: trouble)
            }
        }
    }

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
