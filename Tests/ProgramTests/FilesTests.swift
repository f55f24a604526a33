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
