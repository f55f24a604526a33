import Foundation
import Secrets
import TestSupport
import Testing

@testable import Emulation
@testable import tessera

/// The passphrase of a card's file, read from files and from pipes that take their time.
@Suite struct PassphraseSourceTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    private func expect(_ passphrase: CardPassphrase, _ text: String, _ comment: Comment) throws {
        var wanted = try SecretBytes()
        try wanted.append(contentsOf: text.utf8)
        let isSame = constantTimeEquals(passphrase.bytes, wanted)
        #expect(isSame, comment)
    }

    @Test(arguments: ["horse", "horse\n", "horse\r\n", "horse\nsecond", "horse\r"])
    func `the first line is the passphrase, without its end`(contents: String) throws {
        try folder.write(contents, to: "file")
        try expect(PassphraseSource.file(folder.path("file")), "horse", "\(contents.debugDescription)")
    }

    @Test func `a return within the line belongs to it`() throws {
        try folder.write("ho\rrse\r\r\n", to: "file")
        try expect(PassphraseSource.file(folder.path("file")), "ho\rrse\r", "")
    }

    @Test(arguments: ["", "\n", "\r\n"])
    func `an empty line is none`(contents: String) throws {
        try folder.write(contents, to: "file")
        #expect(throws: Failure.self) { try PassphraseSource.file(folder.path("file")) }
    }

    @Test func `a folder cannot be read, and is not taken for an empty line`() throws {
        let failure = #expect(throws: Failure.self) { try PassphraseSource.file(folder.path("")) }
        #expect(failure?.message.contains("cannot read the passphrase file") == true)
    }

    /// The second half is written when the first has been read: only then is the pipe empty and open.
    @Test(.timeLimit(.minutes(2))) func `a pipe that pauses in the midst of the line is waited for`() throws {
        let pipe = folder.path("pipe")
        try #require(mkfifo(pipe, 0o600) == 0)
        let writer = Thread {
            let file = open(pipe, O_WRONLY | O_CLOEXEC)
            defer { close(file) }
            write(file, "correct ", 8)
            var left: Int32 = 1
            let end = ContinuousClock.now.advanced(by: .seconds(60))
            while left > 0, ContinuousClock.now < end { _ = ioctl(file, UInt(FIONREAD), &left) }
            write(file, "horse\n", 6)
        }
        writer.start()
        try expect(PassphraseSource.file(pipe), "correct horse", "")
    }

    @Test func `a pipe that nobody writes is not waited for without end`() throws {
        try #require(mkfifo(folder.path("pipe"), 0o600) == 0)
        let failure = #expect(throws: Failure.self) { try PassphraseSource.file(folder.path("pipe"), within: .milliseconds(1)) }
        #expect(failure?.message == "nothing came in time")
    }
}
