import CoreFoundation
import Foundation
import TestSupport
import Testing

@testable import tessera

/// Files that a person names, from within.
@Suite struct FilesTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    private func failure(of body: () throws -> Void) -> Failure? {
        do {
            try body()
            return nil
        } catch { return Failure(error) }
    }

    private func rights(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: folder.path(name))[.posixPermissions] as? Int
    }

    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 1_000_000])
    func `what was written is read, however long it is`(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try InputFile.write(bytes, to: folder.path("file"))
        #expect(try InputFile.read(folder.path("file")) == bytes)
        #expect(try folder.names == ["file"])
    }

    @Test func `a private file is its owner's alone, even where a public one was`() throws {
        try InputFile.write([1], to: folder.path("file"))
        #expect(try rights("file") != 0o600)
        try InputFile.write([2], to: folder.path("file"), isPrivate: true)
        #expect(try rights("file") == 0o600)
        #expect(try InputFile.read(folder.path("file")) == [2])
    }

    @Test func `a file that is replaced keeps its mode`() throws {
        try folder.write("old", to: "file")
        for mode in [0o640, 0o604, 0o755] as [mode_t] {
            try #require(chmod(folder.path("file"), mode) == 0)
            try InputFile.write([1], to: folder.path("file"))
            #expect(try rights("file") == Int(mode))
        }
    }

    @Test(.enabled(if: geteuid() == 0, "a file can be given away by root alone"), arguments: [false, true])
    func `a file that is to stay its owner's stays theirs`(hasNameless: Bool) throws {
        try folder.write("old", to: "file")
        try #require(chmod(folder.path("file"), 0o600) == 0 && chown(folder.path("file"), 65_534, 65_533) == 0)
        try InputFile.replace(
            URL(filePath: folder.path("file")), called: folder.path("file"), with: [1], isPrivate: true, keepsOwner: true,
            hasNameless: hasNameless)
        var status = stat()
        let isThere = lstat(folder.path("file"), &status) == 0
        #expect(isThere && status.st_uid == 65_534 && status.st_gid == 65_533 && status.st_mode & 0o777 == 0o600)
        #expect(try folder.names == ["file"])
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become another user"), arguments: [0o1777, 0o2775] as [mode_t])
    func `a secret is not given to whoever laid a file, or a link, where others can write`(_ mode: mode_t) throws {
        try folder.write("old", to: "file")
        try FileManager.default.createDirectory(atPath: folder.path("open"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: folder.path("open/link"), withDestinationPath: folder.path("file"))
        try folder.write("old", to: "open/file")
        for name in ["file", "open/file"] { try #require(chown(folder.path(name), 65_534, 65_534) == 0) }
        try #require(chmod(folder.path("open"), mode) == 0)
        for name in ["open/link", "open/file"] {
            let failure = failure { try InputFile.write([1], to: folder.path(name), isPrivate: true, keepsOwner: true) }
            #expect(failure?.message.hasSuffix("belongs to another user, and is a link, or in a folder where others can write") == true)
            #expect(try folder.read(name) == Data("old".utf8))
        }
        #expect(try folder.names == ["file", "open"])
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become another user"), arguments: [false, true])
    func `what takes the place of another user's file is the writer's own`(isPrivate: Bool) throws {
        try folder.write("old", to: "file")
        try #require(chmod(folder.path("file"), 0o666) == 0 && chown(folder.path("file"), 65_534, 65_534) == 0)
        try InputFile.write([1], to: folder.path("file"), isPrivate: isPrivate)
        var status = stat()
        let isThere = lstat(folder.path("file"), &status) == 0
        #expect(isThere && status.st_uid == 0 && status.st_mode & 0o022 == 0 && (status.st_mode & 0o077 == 0) == isPrivate)
    }

    @Test(arguments: [true, false]) func `another writer's draft is neither published nor removed`(hasNameless: Bool) throws {
        for name in ["file", ".file.tessera-draft"] { try folder.write("another's", to: name) }
        for bytes in [[1], [2]] as [[UInt8]] {
            try InputFile.replace(URL(filePath: folder.path("file")), called: "file", with: bytes, hasNameless: hasNameless)
            #expect(try folder.read("file") == Data(bytes))
        }
        #expect(try folder.read(".file.tessera-draft") == Data("another's".utf8))
        #expect(try folder.names == [".file.tessera-draft", "file"])
    }

    @Test(arguments: [true, false]) func `of many writers at once, one has the file, whole, and none fails`(hasNameless: Bool) async throws
    {
        let target = URL(filePath: folder.path("file"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in UInt8(1)...20 {
                group.addTask {
                    let bytes = [UInt8](repeating: number, count: 10_000)
                    try InputFile.replace(target, called: "file", with: bytes, hasNameless: hasNameless)
                }
            }
            try await group.waitForAll()
        }
        let bytes = try folder.read("file")
        #expect(bytes.count == 10_000 && Set(bytes).count == 1)
        #expect(try folder.names == ["file"])
    }

    @Test(arguments: [true, false]) func `a file that must be new takes no other's place`(hasNameless: Bool) throws {
        let target = URL(filePath: folder.path("file"))
        try InputFile.replace(target, called: "file", with: [1], isNew: true, hasNameless: hasNameless)
        #expect(throws: POSIXError.self) {
            try InputFile.replace(target, called: "file", with: [2], isNew: true, hasNameless: hasNameless)
        }
        #expect(try folder.read("file") == Data([1]))
        #expect(try folder.names == ["file"])
    }

    @Test func `a link stays a link, and what it points to is written`() throws {
        try folder.write("old", to: "target")
        try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: folder.path("target"))
        try InputFile.write(Array("new".utf8), to: folder.path("link"))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("link")) == folder.path("target"))
        #expect(try folder.read("target") == Data("new".utf8))
    }

    @Test func `a device is written to, never replaced`() throws {
        try InputFile.write([1, 2, 3], to: "/dev/null")
        let type = try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType
        #expect(type == .typeCharacterSpecial)
        #expect(failure { try InputFile.write([1], to: "/dev/full") }?.message == "cannot write \"/dev/full\"")
    }

    @Test func `what cannot be written leaves what was there, and no draft`() throws {
        try FileManager.default.createDirectory(atPath: folder.path("inner"), withIntermediateDirectories: true)
        try folder.write("kept", to: "file")
        for name in [folder.path("inner"), folder.path("file/x"), folder.path("missing/x"), ""] {
            let failure = failure { try InputFile.write([1], to: name) }
            #expect(failure?.exit == .environment, "\(name)")
            #expect(failure?.message == "cannot write \"\(name)\"")
        }
        #expect(try folder.names == ["file", "inner"])
        #expect(try folder.read("file") == Data("kept".utf8))
    }

    @Test func `a very long name is written, too`() throws {
        let name = String(repeating: "n", count: 255)
        try InputFile.write([7], to: folder.path(name))
        #expect(try folder.names == [name])
        #expect(failure { try InputFile.write([7], to: folder.path(name + "n")) }?.exit == .environment)
        #expect(try folder.names == [name])
    }

    @Test func `an endless file is too long`() {
        let failure = failure { _ = try InputFile.read("/dev/zero") }
        #expect(failure == Failure("\"/dev/zero\" has more than 256 MiB", hint: "choose a smaller file", exit: .usage))
    }

    @Test func `a folder, and what is not there, cannot be read`() {
        for name in [folder.url.path, folder.path("missing"), ""] {
            #expect(failure { _ = try InputFile.read(name) }?.message == "cannot read \"\(name)\"")
        }
    }

    @Test func `a cancelled task stops waiting for a pipe`() async throws {
        #expect(mkfifo(folder.path("pipe"), 0o600) == 0)
        // Open for both, so that the reader neither waits for a writer nor finds the end.
        let writer = open(folder.path("pipe"), O_RDWR)
        defer { close(writer) }
        let name = folder.path("pipe")
        let task = Task.detached { () -> Bool in
            do {
                _ = try InputFile.read(name)
                return false
            } catch { return error is CancellationError }
        }
        task.cancel()
        #expect(await task.value)
    }

    @Test func `a certificate is written as openssl reads it`() async throws {
        let key = folder.path("key.pem")
        let made = try await ChildProgram.run(
            "openssl", ["req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", key, "-subj", "/CN=Test", "-outform", "DER"])
        try InputFile.write(pem: Array(made.output), to: folder.path("certificate.pem"))
        let subject = try await ChildProgram.run("openssl", ["x509", "-noout", "-subject", "-in", folder.path("certificate.pem")])
        #expect(subject.text == "subject=CN = Test\n", "\(subject.complaints)")
    }
}
