import Foundation

/// The parts of this machine that the doctor looks at: files below a root, and other programs' answers.
///
/// It only reads; and what it cannot read is `nil`, because that, too, is a finding.
struct Machine {
    /// Where the file system begins; anywhere else in tests.
    var root = URL(filePath: "/")
    /// How long another program may take to answer.
    var patience = Duration.seconds(3)

    private func place(_ path: String) -> URL { root.appending(path: path) }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: place(path).path) }

    /// The text of a file, without white space around it.
    func text(_ path: String) -> String? {
        bytes(path).map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) }
    }

    /// A file, read to its end: those of the kernel say that they have no bytes.
    func bytes(_ path: String) -> [UInt8]? { try? InputFile.read(place(path).path) }

    /// The names in a folder, in order; none where there is no such folder.
    func names(in path: String) -> [String] { ((try? FileManager.default.contentsOfDirectory(atPath: place(path).path)) ?? []).sorted() }

    /// The last part of where a link leads.
    func link(_ path: String) -> String? {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: place(path).path)).map { URL(filePath: $0).lastPathComponent }
    }

    /// Owner, group and rights as `ls -l` has them in numbers: "root:pcscd 660".
    func rights(_ path: String) -> String? {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: place(path).path) else { return nil }
        let owner = attributes[.ownerAccountName] as? String ?? "?"
        let group = attributes[.groupOwnerAccountName] as? String ?? "?"
        let mode = (attributes[.posixPermissions] as? Int).map { String($0 & 0o7777, radix: 8) } ?? "?"
        return "\(owner):\(group) \(mode)"
    }

    func mayWrite(_ path: String) -> Bool { FileManager.default.isWritableFile(atPath: place(path).path) }

    /// What a program writes to standard output, at most 64 KiB; `nil` when it is not there or too slow.
    func answer(of program: String, _ arguments: [String]) async -> String? {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in continuation.finish() }
        guard (try? process.run()) != nil else { return nil }
        let timer = Task { [patience] in
            try? await Task.sleep(for: patience)
            continuation.finish()
        }
        for await _ in ended {}
        timer.cancel()
        guard !process.isRunning else {
            kill(process.processIdentifier, SIGKILL)
            return nil
        }
        // Only what is there: a child of the program may keep the pipe open.
        let descriptor = pipe.fileHandleForReading.fileDescriptor
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&request, 1, 0) == 1 else { return "" }
        let size = 1 << 16
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = unsafe max(0, read(descriptor, buffer.baseAddress, size))
        }
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
