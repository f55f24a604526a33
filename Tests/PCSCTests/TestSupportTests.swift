import Foundation
import TestSupport
import Testing

/// The tools of these tests, tried on themselves.
@Suite(.timeLimit(.minutes(5))) struct TestSupportTests {
    @Test func `other people's programs find the private daemon`() async throws {
        let service = try await PrivatePCSCD.shared
        let outcome = try await ChildProgram.run("opensc-tool", ["--list-readers"])
        #expect(outcome.status == 0)
        for slot in service.slots { #expect(outcome.text.contains(slot.reader)) }
    }

    @Test func `a program's input, output, errors and status`() async throws {
        let outcome = try await ChildProgram.run("sh", ["-c", "cat; echo oops >&2; exit 3"], input: Data("hello".utf8))
        #expect(outcome.status == 3)
        #expect(outcome.text == "hello")
        #expect(outcome.complaints == "oops\n")
    }

    @Test func `a program that a signal ended`() async throws {
        #expect(try await ChildProgram.run("sh", ["-c", "kill -KILL $$"]).status == 128 + 9)
    }

    @Test func `more output than a pipe holds`() async throws {
        let outcome = try await ChildProgram.run("head", ["-c", "300000", "/dev/zero"])
        #expect(outcome.output.count == 300_000)
    }

    @Test func `a program that hangs is killed`() async {
        await #expect(throws: ChildProgramError.tooSlow("sleep")) {
            try await ChildProgram.run("sleep", ["1000"], within: .milliseconds(50))
        }
    }

    @Test func `a program that is missing names the next step`() async {
        let error = await #expect(throws: ChildProgramError.self) { try await ChildProgram.run("no-such-program") }
        #expect(error?.description == "no-such-program is missing: run \"make setup\"")
    }

    @Test func `no two tests get the same slot at a time`() async throws {
        let service = try await PrivatePCSCD.shared
        try await service.withSlot { first in
            try await service.withSlot { second in #expect(first != second) }
        }
    }

    @Test func `the daemon goes with the process that started it, however it dies`() async throws {
        let result = await #expect(processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]) {
            let service = try await PrivatePCSCD.start(readers: 1)
            FileHandle.standardOutput.write(Data("\nsocket=\(service.socket)\n".utf8))
            kill(getpid(), SIGKILL)
        }
        let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
        let line = try #require(output.split(separator: "\n").first { $0.hasPrefix("socket=") })
        let socket = String(line.dropFirst("socket=".count))
        #expect(await eventually { !FileManager.default.fileExists(atPath: socket) })
    }
}
