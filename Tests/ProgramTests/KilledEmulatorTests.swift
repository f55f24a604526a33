import Emulation
import Foundation
import TestSupport
import Testing

/// kill -9 of `tessera emulate` at a random moment after a VERIFY was sent: what a crash of the machine or an impatient
/// person does. (The exact places in between are tested beside the state file itself.)
@Suite(.serialized) struct KilledEmulatorTests {
    private static let tries: UInt8 = 15

    /// When it dies.
    private enum Moment {
        case microseconds(UInt32)
        case fileChanged
        /// As ``fileChanged``, and the emulator holds its answer back: there is none, however late the kill comes.
        case unanswered
        case answered
    }

    /// What came of the runs.
    private struct Tally: CustomStringConvertible {
        var runs = 0
        var answered = 0
        var cost = 0
        var before = 0
        var description: String {
            "kill -9 after VERIFY: \(runs) times; \(answered) had answered, \(cost) had counted and not answered, \(before) had not begun"
        }
    }

    @Test func `a wrong PIN that was answered has cost its try, and a blocked card stays blocked`() async throws {
        let folder = try Folder()
        let path = folder.path("card.json")
        let vpcd = try FakeVPCD()
        var generator = SeededGenerator(seed: 9)
        var tally = Tally()
        var left = try fresh(path)
        for run in 0..<(Proof.isWhole ? 200 : 20) {
            // A blocked card has had its turn with the right PIN: the next one is fresh.
            if left == 0, run % 2 == 1 { left = try fresh(path) }
            // The first one costs a try, of which the fresh card has all.
            let isRight = left == 0 || run > 0 && UInt8.random(in: 0...3, using: &generator) == 0
            // Every other time it dies as soon as the file has changed, half of these times kept from answering; and some times as
            // soon as it has answered, whatever the machine is busy with.
            let pause = UInt32.random(in: 0...8000, using: &generator)
            let moment: Moment =
                run % 2 == 0 && left > 0
                ? run % 4 == 0 ? .unanswered : .fileChanged
                : run % 5 == 3 ? .answered : .microseconds(pause)
            let answer = try await verify(isRight, path, vpcd, until: moment)
            let now = try tries(path)
            let about = "run \(run): \(isRight ? "right" : "wrong") PIN, \(left) left before, \(now) after, answer \(answer ?? [])"
            if left == 0 {
                #expect(now == 0 && answer != [0x90, 0x00], "\(about)")
            } else if answer != nil {
                #expect(now == (isRight ? Self.tries : left - 1), "\(about)")
            } else {
                #expect([left, left - 1].contains(now) || isRight && now == Self.tries, "\(about)")
            }
            tally.runs += 1
            if answer != nil { tally.answered += 1 } else if now == left { tally.before += 1 } else { tally.cost += 1 }
            left = now
            // Blocked cards are met often enough.
            if left > 3, run % 5 == 4 { left = try fresh(path, tries: 1) }
        }
        print(tally)
        // Some had answered when they died, and some had only counted: otherwise nothing in between was met.
        #expect(tally.answered > 0 && tally.cost > 0, "\(tally)")
    }

    /// A new card in the file.
    private func fresh(_ path: String, tries: UInt8 = Self.tries) throws -> UInt8 {
        for name in [path, path + ".lock"] { try? FileManager.default.removeItem(atPath: name) }
        let card = try VirtualCard.piv(
            holder: "Test Holder", keys: .p256, tries: Self.tries, authority: TestAuthority(now: Date()), now: Date())
        card.powerOn()
        for _ in tries..<Self.tries { _ = card.process(Self.command(isRight: false)) }
        let snapshot = try #require(card.snapshot)
        try CardStateFile.create(at: path, snapshot).close()
        return tries
    }

    /// Runs the program, sends a VERIFY, and kills it at a moment; its answer, if there was one.
    private func verify(_ isRight: Bool, _ path: String, _ vpcd: FakeVPCD, until moment: Moment) async throws -> [UInt8]? {
        var arguments = ["emulate", "smartcard", "--state", path, "--vpcd", "127.0.0.1:\(vpcd.port)"]
        if case .unanswered = moment { arguments += ["--faults", "delay 300000 ms after VERIFY 1"] }
        let program = try RunningProgram(arguments)
        let identifier = program.identifier
        let answer = try await vpcd.converse { wire in
            _ = try wire.ask([4])
            try wire.tell([1])
            _ = try wire.ask([0x00, 0xA4, 0x04, 0x00, 0x09, 0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x00])
            let before = FileVersion(path)
            try wire.tell(Self.command(isRight: isRight))
            let end = ContinuousClock.now.advanced(by: .seconds(60))
            var answer: [UInt8]?
            switch moment {
            case .microseconds(let count): usleep(count)
            case .answered: answer = try wire.answer()
            case .fileChanged, .unanswered:
                while FileVersion(path) == before, ContinuousClock.now < end {}
                #expect(FileVersion(path) != before, "the file has not changed in a minute")
            }
            kill(identifier, SIGKILL)
            return answer ?? (try? wire.answer())
        }
        #expect(try await program.end().status == 128 + SIGKILL)
        return answer
    }

    /// What differs once a file was replaced: its number, unless two writes brought the first one back, and its time.
    private struct FileVersion: Equatable {
        let number: Int?
        let written: Date?

        init(_ path: String) {
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            number = attributes?[.systemFileNumber] as? Int
            written = attributes?[.modificationDate] as? Date
        }
    }

    private static func command(isRight: Bool) -> [UInt8] {
        [0x00, 0x20, 0x00, 0x80, 0x08] + Array((isRight ? "123456" : "999999").utf8) + [0xFF, 0xFF]
    }

    /// The tries that the card in the file has, by its own word.
    private func tries(_ path: String) throws -> UInt8 {
        let card = try VirtualCard(CardStateFile.snapshot(of: path))
        card.powerOn()
        let answer = card.process([0x00, 0x20, 0x00, 0x80])
        return answer == [0x69, 0x83] ? 0 : answer[1] & 0x0F
    }
}
