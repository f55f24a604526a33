import Foundation

/// A folder of files that appears whole or not at all: it is filled beside its place, and given its name last.
struct NewFolder {
    private let name: String
    private let target: URL
    /// A new one is its owner's alone, an empty one keeps its mode.
    private let mode: Int

    /// Finds out, before anything is done for it, whether the folder can be made.
    ///
    /// - Throws: ``Failure`` for one that holds something, a file, the folder that the program was started in, and one in a folder that is
    ///   missing or closed.
    init(_ name: String) throws(Failure) {
        self.name = name
        target = URL(filePath: name).standardizedFileURL.resolvingSymlinksInPath()
        let manager = FileManager.default
        guard !name.isEmpty, target.path != "/" else { throw Self.unwritable(name) }
        // Another folder takes its place, and whoever is in it would look at the old one.
        guard target.path != URL(filePath: manager.currentDirectoryPath).resolvingSymlinksInPath().path else {
            throw Failure("\"\(name)\" is the folder that you are in", hint: "name a new one", exit: .usage)
        }
        if let known = try? manager.attributesOfItem(atPath: target.path) {
            guard known[.type] as? FileAttributeType == .typeDirectory else {
                throw Failure("\"\(name)\" is no folder", hint: "name a new one", exit: .usage)
            }
            guard let entries = try? manager.contentsOfDirectory(atPath: target.path) else { throw Self.unwritable(name) }
            guard entries.isEmpty else { throw Self.notEmpty(name) }
            mode = (known[.posixPermissions] as? NSNumber)?.intValue ?? 0o700
        } else {
            mode = 0o700
        }
        guard manager.isWritableFile(atPath: target.deletingLastPathComponent().path) else { throw Self.unwritable(name) }
    }

    /// Writes the files, and makes them lasting.
    ///
    /// - Throws: ``Failure``, and nothing is left; `CancellationError`.
    func write(_ files: [(name: String, bytes: [UInt8])]) throws {
        let parent = target.deletingLastPathComponent()
        let random = String(UInt64.random(in: .min ... .max), radix: 16)
        let end = String(decoding: target.lastPathComponent.utf8.suffix(100), as: UTF8.self)
        let draft = parent.appending(path: ".\(end).\(getpid())-\(random).tessera-draft")
        // Once it has its name, nothing is there.
        defer { try? FileManager.default.removeItem(at: draft) }
        do {
            try FileManager.default.createDirectory(
                at: draft, withIntermediateDirectories: false, attributes: [.posixPermissions: mode])
            for file in files { try InputFile.write(file.bytes, to: draft.appending(path: file.name).path) }
        } catch let error as CancellationError { throw error } catch { throw Self.unwritable(name) }
        InputFile.keepNames(in: draft)
        guard unsafe rename(draft.path, target.path) == 0 else {
            throw errno == ENOTEMPTY || errno == EEXIST ? Self.notEmpty(name) : Self.unwritable(name)
        }
        InputFile.keepNames(in: parent)
    }

    private static func notEmpty(_ name: String) -> Failure {
        Failure("the folder \"\(name)\" is not empty", hint: "name a new one, or an empty one", exit: .usage)
    }

    private static func unwritable(_ name: String) -> Failure {
        Failure(
            "cannot make the folder \"\(name)\"", hint: "check the folder that it is to be in, its rights, and the space on the disk",
            exit: .environment)
    }
}
