import Foundation
import SwiftASN1

/// Files that a person named: errors say which, and nothing is left half-written.
enum InputFile {
    /// The largest file that is read: 256 MiB.
    static let limit = 256 << 20

    /// The bytes of a file, or of standard input for `-`.
    ///
    /// - Throws: ``Failure``; `CancellationError` while standard input keeps us waiting.
    static func read(_ name: String) throws -> [UInt8] {
        do {
            let handle = name == "-" ? FileHandle(descriptor: 0) : try FileHandle(forReadingFrom: URL(filePath: name))
            var bytes: [UInt8] = []
            while bytes.count <= limit {
                let more = try available(from: handle.fileDescriptor)
                guard !more.isEmpty else { return bytes }
                bytes += more
            }
            throw Failure("\"\(name)\" has more than \(limit >> 20) MiB", hint: "choose a smaller file", exit: .usage)
        } catch let failure as Failure {
            throw failure
        } catch let cancellation as CancellationError {
            throw cancellation
        } catch {
            throw Failure("cannot read \"\(name)\"", hint: "check that it is a file and that you may read it", exit: .environment)
        }
    }

    /// Waits for something to read, or the end, in slices of 100 ms, so that Ctrl-C is noticed.
    ///
    /// - Parameter end: when to give up; `nil` for a wait that only the person ends.
    static func awaitBytes(from descriptor: Int32, until end: ContinuousClock.Instant? = nil) throws {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while unsafe poll(&request, 1, 100) == 0 {
            try Task.checkCancellation()
            if let end, ContinuousClock.now >= end {
                throw Failure("nothing came in time", hint: "check what writes to the pipe", exit: .environment)
            }
        }
        try Task.checkCancellation()
    }

    /// What is there to read, nothing at the end.
    private static func available(from descriptor: Int32) throws -> [UInt8] {
        try awaitBytes(from: descriptor)
        let size = 1 << 16
        var failure: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            let result = unsafe Foundation.read(descriptor, buffer.baseAddress, size)
            failure = result < 0 ? errno : 0
            count = max(0, result)
        }
        guard failure == 0 else { throw POSIXError(POSIXErrorCode(rawValue: failure) ?? .EIO) }
        return bytes
    }

    /// Writes a file whole or not at all; what is no file (`/dev/stdout`) is written to as it is.
    ///
    /// - Parameter isPrivate: whether only its owner may read it, from the first moment on.
    static func write(_ bytes: [UInt8], to name: String, isPrivate: Bool = false) throws {
        do {
            let target = URL(filePath: name).resolvingSymlinksInPath()
            let kind = try? FileManager.default.attributesOfItem(atPath: target.path)[.type] as? FileAttributeType
            // A pipe behind a link has no path of its own, and therefore no kind.
            if FileManager.default.fileExists(atPath: name), kind != .typeRegular {
                return try FileHandle(forWritingTo: URL(filePath: name)).write(contentsOf: Data(bytes))
            }
            let draft = target.deletingLastPathComponent().appending(path: ".\(target.lastPathComponent.suffix(100)).\(UUID().uuidString)")
            let descriptor = unsafe open(draft.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, isPrivate ? 0o600 : 0o666)
            guard descriptor >= 0 else { throw POSIXError(.EIO) }
            defer { try? FileManager.default.removeItem(at: draft) }
            let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            try handle.write(contentsOf: Data(bytes))
            try handle.synchronize()
            try handle.close()
            guard unsafe rename(draft.path, target.path) == 0 else { throw POSIXError(.EIO) }
        } catch {
            throw Failure(
                "cannot write \"\(name)\"", hint: "check the folder and its rights, and the space on the disk", exit: .environment)
        }
    }

    /// Finds out, before anything is done for it, whether a file can be written.
    ///
    /// - Throws: ``Failure`` for a folder, for one in a folder that is missing or closed, and for a pipe that nobody reads.
    static func checkWritable(_ name: String) throws {
        let target = URL(filePath: name).resolvingSymlinksInPath()
        let kind = try? FileManager.default.attributesOfItem(atPath: target.path)[.type] as? FileAttributeType
        let isThere = FileManager.default.fileExists(atPath: name)
        var isWritable = !name.isEmpty && kind != .typeDirectory
        if isThere, kind != .typeRegular {
            // A pipe that nobody reads would keep us waiting: it is not opened so.
            let descriptor = unsafe open(name, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            isWritable = isWritable && descriptor >= 0
            if descriptor >= 0 { close(descriptor) }
        } else {
            isWritable = isWritable && FileManager.default.isWritableFile(atPath: target.deletingLastPathComponent().path)
        }
        guard isWritable else {
            throw Failure(
                "cannot write \"\(name)\"", hint: "check the folder and its rights, and the space on the disk", exit: .environment)
        }
    }

    /// Writes a certificate.
    static func write(pem certificate: [UInt8], to name: String) throws { try write(certificates: [certificate], to: name) }

    /// Writes certificates, one behind the other.
    static func write(certificates: [[UInt8]], to name: String) throws {
        let text = certificates.map { PEMDocument(type: "CERTIFICATE", derBytes: $0).pemString + "\n" }.joined()
        try write(Array(text.utf8), to: name)
    }
}

/// Whether two names stand for one file, there or not.
func isSameFile(_ one: String, _ other: String) -> Bool {
    URL(filePath: one).standardizedFileURL.resolvingSymlinksInPath() == URL(filePath: other).standardizedFileURL.resolvingSymlinksInPath()
}
