import ArgumentParser
import CardTrace
import CoreFoundation
import Foundation
import ISO7816
import Testing

@testable import tessera

/// Where a recording may go, and what it does when it cannot go on.
@Suite struct TraceWriterTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    private func status(of name: String) throws -> stat {
        var status = stat()
        let isThere = lstat(name, &status) == 0
        try #require(isThere)
        return status
    }

    private func refusal(of name: String) -> Failure? {
        do {
            _ = try TraceWriter(file: name)
            return nil
        } catch { return Failure(error) }
    }

    @Test func `a file of one's own is emptied, and nobody else's to read`() throws {
        try folder.write("an earlier conversation", to: "file")
        try #require(chmod(folder.path("file"), 0o644) == 0)
        let writer = try TraceWriter(file: folder.path("file"))
        #expect(try folder.read("file").isEmpty)
        #expect(try status(of: folder.path("file")).st_mode & 0o777 == 0o600)
        for _ in 0..<2 { writer.write(.ended(.leave)) }
        #expect(writer.failure() == nil)
        let lines = String(decoding: try folder.read("file"), as: UTF8.self)
        #expect(try TraceLine.events(parsing: lines) == [.ended(.leave), .ended(.leave)])
    }

    @Test(.enabled(if: geteuid() == 0, "a file can be given away by root alone"))
    func `another user's file is refused, and loses nothing`() throws {
        try folder.write("another's", to: "file")
        try #require(chmod(folder.path("file"), 0o666) == 0 && chown(folder.path("file"), 65_534, 65_534) == 0)
        #expect(refusal(of: folder.path("file"))?.message == "\(folder.path("file")): it belongs to another user")
        #expect(try folder.read("file") == Data("another's".utf8))
        #expect(try status(of: folder.path("file")).st_mode & 0o777 == 0o666)
    }

    @Test func `a device is written to, and keeps its mode`() throws {
        let mode = try status(of: "/dev/null").st_mode
        // For everyone else on this machine, should it be lost.
        defer { chmod("/dev/null", mode & 0o7777) }
        let writer = try TraceWriter(file: "/dev/null")
        writer.write(.ended(.leave))
        #expect(writer.failure() == nil)
        #expect(try status(of: "/dev/null").st_mode == mode)
    }

    @Test func `a pipe is written to when somebody reads it, and not waited for when nobody does`() throws {
        let name = folder.path("pipe")
        try #require(mkfifo(name, 0o640) == 0)
        let refusal = refusal(of: name)
        #expect(refusal?.message == "\(name): nobody reads from it" && refusal?.exit == .environment)
        let reader = open(name, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        let writer = try TraceWriter(file: name)
        writer.write(.ended(.leave))
        #expect(writer.failure() == nil)
        var bytes = [UInt8](repeating: 0, count: 1_000)
        let count = read(reader, &bytes, bytes.count)
        #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == TraceLine.text(for: .ended(.leave)) + "\n")
        #expect(try status(of: name).st_mode & 0o777 == 0o640)
    }

    @Test func `a folder, a link, and what cannot be made are refused`() throws {
        try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: folder.path("target"))
        for name in [folder.url.path, folder.path("link"), folder.path("missing/file")] {
            #expect(refusal(of: name)?.exit == .environment, "\(name)")
        }
        #expect(try folder.names == ["link"])
    }

    @Test func `what could not be written is told at the end, with what else went wrong`() throws {
        let writer = try TraceWriter(file: "/dev/full")
        #expect(writer.failure() == nil)
        writer.write(.ended(.leave))
        let failure = try #require(writer.failure())
        #expect(failure.message == "the recording \"/dev/full\" is not whole: No space left on device")
        #expect(failure.exit == .environment && failure.others.isEmpty)
        #expect(writer.failure(besides: ExitCode(ProgramExit.refused.rawValue)) == failure)
        let other = Failure("cancelled", hint: "start again when ready", exit: .refused)
        #expect(writer.failure(besides: CancellationError())?.others == [other])
    }

    @Test func `behind the line that was lost, nothing is written`() throws {
        let name = folder.path("pipe")
        try #require(mkfifo(name, 0o600) == 0)
        signal(SIGPIPE, SIG_IGN)
        let reader = open(name, O_RDONLY | O_NONBLOCK)
        let writer = try TraceWriter(file: name)
        close(reader)
        writer.write(.ended(.leave))
        let later = open(name, O_RDONLY | O_NONBLOCK)
        defer { close(later) }
        writer.write(.ended(.reset))
        var byte: UInt8 = 0
        #expect(read(later, &byte, 1) <= 0)
        #expect(writer.failure()?.message == "the recording \"\(name)\" is not whole: Broken pipe")
    }
}
