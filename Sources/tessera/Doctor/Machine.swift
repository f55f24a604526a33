import Foundation

/// The parts of this machine that the doctor looks at: files below a root, and other programs' answers.
///
/// It only reads; and what it cannot read is `nil`, because that, too, is a finding.
struct Machine {
    /// Where the file system begins; anywhere else in tests.
    var root = URL(filePath: "/")
    /// How long another program may take to answer.
    var patience = Duration.seconds(3)

    private func place(_ path: String) -> URL { path.hasPrefix("/") ? root.appending(path: path) : URL(filePath: path) }

    /// What a path is called on this machine.
    func path(_ path: String) -> String { place(path).path }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: place(path).path) }

    func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return unsafe FileManager.default.fileExists(atPath: place(path).path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// The nearest folder that is there, of one and those above it.
    func nearestFolder(of path: String) -> String? {
        var folder = URL(filePath: path)
        while !exists(folder.path), folder.path != "/" { folder.deleteLastPathComponent() }
        return isFolder(folder.path) ? folder.path : nil
    }

    func mayRun(_ path: String) -> Bool { FileManager.default.isExecutableFile(atPath: place(path).path) }

    /// The text of a file, without white space around it.
    func text(_ path: String) -> String? {
        bytes(path).map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) }
    }

    /// A file, read to its end: those of the kernel say that they have no bytes.
    func bytes(_ path: String) -> [UInt8]? { try? InputFile.read(place(path).path) }

    /// How a file begins; `nil` when it cannot be read.
    func bytes(_ path: String, upTo count: Int) -> [UInt8]? {
        guard let file = FileHandle(forReadingAtPath: place(path).path) else { return nil }
        return (try? file.read(upToCount: count)).map(Array.init) ?? []
    }

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

    /// Whether this user may see what is in a folder.
    func mayList(_ path: String) -> Bool { (try? FileManager.default.contentsOfDirectory(atPath: place(path).path)) != nil }

    func mayWrite(_ path: String) -> Bool { FileManager.default.isWritableFile(atPath: place(path).path) }

    /// The number of a file in its file system; `nil` when it is not there.
    func inode(_ path: String) -> UInt64? {
        (try? FileManager.default.attributesOfItem(atPath: place(path).path)[.systemFileNumber] as? NSNumber)?.uint64Value
    }

    /// The mode of a file without its kind; `nil` when it is not there.
    func mode(_ path: String) -> Int? { try? FileManager.default.attributesOfItem(atPath: place(path).path)[.posixPermissions] as? Int }

    /// The bytes that this user can still write where `path` is; `nil` when nobody says so.
    func space(at path: String) -> Int64? {
        (try? FileManager.default.attributesOfFileSystem(forPath: place(path).path)[.systemFreeSize] as? NSNumber)?.int64Value
    }

    /// What is heard somewhere, asked in one HTTP request.
    func ask(_ place: SocketQuestion.Place, for target: String) async -> Result<SocketAnswer, SocketTrouble> {
        await SocketQuestion(place: place, target: target, patience: patience).ask()
    }

    /// Where a program is: a path, or a name in the usual folders.
    func program(_ name: String) -> String? {
        guard !name.contains("/") else { return exists(name) ? name : nil }
        return ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"].map { "\($0)/\(name)" }.first(where: exists)
    }

    /// What a program writes to standard output, at most 64 KiB; `nil` when it is not there or too slow.
    ///
    /// - Parameter input: what it is given, short enough for a pipe.
    func answer(of program: String, _ arguments: [String], input: String = "") async -> String? {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let question = Pipe()
        process.standardInput = input.isEmpty ? FileHandle.nullDevice : question
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in continuation.finish() }
        // Before it starts: a program that is gone by then would end this one with SIGPIPE.
        if !input.isEmpty { try? question.fileHandleForWriting.write(contentsOf: Data(input.utf8)) }
        guard (try? process.run()) != nil else { return nil }
        try? question.fileHandleForWriting.close()
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
