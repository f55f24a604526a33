import ISO7816
import Synchronization
import TestSupport
import Testing

@testable import Emulation
@testable import tessera

/// `tessera emulate faults`: the table, the line that repeats a run, and who judges the runs.
@Suite(.timeLimit(.minutes(5))) struct EmulateFaultsTests {
    private struct Report: Decodable {
        struct Run: Decodable {
            let flow, fault, outcome: String
            let struck: [Int]
            let triesLeft, expectedTries: Int
            let problems, missed: [String]
        }

        struct Missed: Decodable, Equatable {
            let fault: String
            let flows: [String]
        }

        let application: String
        let commands: [String: [String]]
        let runs: [Run]
        let missed: [Missed]
        let surprises: [String]
    }

    @Test func `one fault is tried in each flow, beside a run in which nothing goes wrong`() async throws {
        let outcome = try await Program.run("emulate", "faults", "--fault", "pull after VERIFY 2", "--json")
        #expect(outcome.status == 0)
        let report = try outcome.json(Report.self)
        #expect(report.application == "piv" && report.surprises.isEmpty)
        #expect(report.runs.map(\.fault) == ["none", "pull after VERIFY 2", "none", "pull after VERIFY 2", "none", "pull after VERIFY 2"])
        #expect(report.runs.map(\.flow) == ["login", "login", "signature", "signature", "typo", "typo"])
        #expect(report.runs.map(\.outcome) == ["signed", "removed", "signed", "removed", "signed", "removed"])
        // The typo has cost its try, and the pull came before the right PIN.
        #expect(report.runs.map(\.triesLeft) == [5, 5, 5, 5, 5, 4])
        for run in report.runs where run.fault != "none" {
            let struck = try #require(run.struck.first)
            #expect(report.commands[run.flow]?[struck - 1] == "VERIFY")
        }
    }

    @Test func `a fault that never strikes is told, beside one that does`() async throws {
        let options = ["emulate", "faults", "--fault", "pull after VERIFY 2; garbage before APDU 400", "--json"]
        let report = try await Program.run(options).json(Report.self)
        #expect(report.missed == [Report.Missed(fault: "garbage before APDU 400", flows: ["login", "signature", "typo"])])
        let runs = report.runs.filter { $0.fault != "none" }
        #expect(runs.map(\.missed) == Array(repeating: ["garbage before APDU 400"], count: 3))
        #expect(runs.allSatisfy { $0.struck.count == 1 })
        let table = try await Program.run("emulate", "faults", "--flow", "login", "--fault", "reset before INS 99 1")
        #expect(table.status == 0)
        #expect(table.text.contains("\nnever struck: reset before INS 99 1 (login)\n"))
        #expect(table.text.split(separator: "\n").contains { $0.contains("reset before INS 99 1") && $0.contains("  never  ") })
        // What may happen or not is not missed.
        let chance = try await Program.run("emulate", "faults", "--flow", "login", "--fault", "reset before chance 0 seed 1", "--json")
        #expect(try chance.json(Report.self).missed.isEmpty)
    }

    @Test func `a terminal is told how far it is, and another program gets whole lines and nothing else`() async throws {
        let plan = "garbage after APDU 1; reset before APDU 300; reset before APDU 301"
        let outcome = try await Program.run("emulate", "faults", "--flow", "login", "--fault", plan)
        #expect(outcome.complaints == "")
        #expect(outcome.text.contains(plan))
        let terminal = try RunningProgram.onTerminal(
            "TERM=xterm \(Program.path) emulate faults --flow login --fault '\(plan)' >/dev/null; echo ended $?")
        #expect(await terminal.says("ended 0"))
        let text = try await terminal.end().text
        #expect(text.contains("making a card of piv ..."))
        #expect(text.contains("login, 1 of 1: \(plan)"))
        #expect(text.contains("\r\u{1B}[Kended 0"))
        let dumb = try RunningProgram.onTerminal(
            "TERM=dumb \(Program.path) emulate faults --flow login --fault 'pull before APDU 1' >/dev/null; echo ended $?")
        #expect(await dumb.says("ended 0"))
        #expect(try await !dumb.end().text.contains("1 of 1"))
    }

    @Test func `the table has every fault at every command, and each line can be repeated`() async throws {
        let outcome = try await Program.run("emulate", "faults", "--application", "piv", "--flow", "login")
        #expect(outcome.status == 0, "\(outcome.text.suffix(2000))")
        let rows = outcome.text.split(separator: "\n").filter { $0.hasPrefix("login ") }
        for effect in ["pull", "garbage", "stuck", "status 6F00", "other program selects"] {
            #expect(rows.contains { $0.contains("\(effect) before APDU 1 ") } && rows.contains { $0.contains("\(effect) after APDU 2 ") })
        }
        #expect(rows.contains { $0.contains("power loss after write 2 ") })
        let one = try await Program.run("emulate", "faults", "--application", "piv", "--flow", "login", "--fault", "garbage after APDU 3")
        let row = try #require(rows.first { $0.contains("garbage after APDU 3 ") }).split(separator: " ")
        #expect(one.text.split(separator: "\n").contains { $0.split(separator: " ") == row })
    }

    @Test func `a seed gives the same faults each time`() async throws {
        let outcomes = try await [1, 2].asyncMap { _ in
            try await Program.run("emulate", "faults", "--flow", "signature", "--seed", "3", "--json").json(Report.self)
        }
        #expect(outcomes[0].runs.map(\.struck) == outcomes[1].runs.map(\.struck))
        #expect(outcomes[0].runs.count == 1 + FaultTable.effects.count * 2)
        #expect(outcomes[0].runs.contains { !$0.struck.isEmpty })
    }

    @Test func `a card that is pulled on purpose is out, and the program that was it ends`() async throws {
        let service = try await PrivatePCSCD.shared
        try await service.withSlot { slot in
            let program = try RunningProgram(
                "emulate", "smartcard", "--vpcd", "127.0.0.1:\(slot.port)", "--keys", "p256", "--faults", "pull before APDU 1")
            #expect(await program.says("Ctrl-C takes it out"))
            let environment = ["PCSCLITE_CSOCK_NAME": service.socket]
            let isSeen = try await eventually {
                let slots: [Slot] = try await Program.run("readers", "--json", environment: environment).json()
                return slots.contains { $0.reader == slot.reader && $0.atr != nil }
            }
            #expect(isSeen)
            let info = try await Program.run("card", "info", "--reader", slot.reader, environment: environment)
            #expect(info.status == 1)
            #expect(info.failure?.error.contains("removed") == true, "\(info.complaints)")
            let outcome = try await program.end()
            #expect(outcome.status == 0)
            #expect(outcome.text.contains("The card is out."))
        }
    }

    @Test(.timeLimit(.minutes(2))) func `a driver that does not end, cancelled or not, keeps nobody waiting`() async {
        let isOver = Flag()
        let outcome = await FaultBench.outcome(within: .milliseconds(10)) {
            while !isOver.isSet { await Task.yield() }
            return .signed
        }
        isOver.set()
        #expect(outcome == .late)
    }

    /// Set once.
    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isSet: Bool { value.load(ordering: .acquiring) }
        func set() { value.store(true, ordering: .releasing) }
    }

    // MARK: The judgement

    private static func counters(_ pin: Int, _ puk: Int = 5) -> [RetryCounter] {
        [RetryCounter(name: "PIV PIN", triesLeft: pin, maximum: 5), RetryCounter(name: "PIV PUK", triesLeft: puk, maximum: 5)]
    }

    private static func command(
        _ header: [UInt8], body: Int = 9, ran: Bool = true, writes: Int = 0, status: StatusWord? = .success, told: StatusWord? = nil,
        faults: [Fault] = []
    ) -> CommandRecord {
        CommandRecord(
            number: 1, header: header, bodyLength: body, hasRun: ran, writes: writes, status: status,
            told: faults.isEmpty ? status : told, faults: faults)
    }

    private static let verify = command([0x00, 0x20, 0x00, 0x80], writes: 2)
    private static let sign = command([0x00, 0x87, 0x11, 0x9C], body: 40)
    private static let pull = Fault(unchecked: .pull, .after, .command(9))

    private func problems(
        _ outcome: FaultRun.Outcome, _ commands: [CommandRecord], flow: FaultFlow = .signature, after: [RetryCounter] = counters(5)
    ) -> String {
        FaultJudgement(flow: flow, outcome: outcome, commands: commands, before: Self.counters(5), after: after).problems
            .joined(separator: "; ")
    }

    private static let lost: FaultRun.Outcome = .failed(code: "removed", sentence: "a PIN try may have been spent")

    @Test func `runs as they should be surprise nobody`() {
        #expect(problems(.signed, [Self.verify, Self.sign]) == "")
        let pulled = Self.command([0x00, 0x87, 0x11, 0x9C], body: 40, faults: [Self.pull])
        #expect(problems(.failed(code: "indeterminate", sentence: ""), [Self.verify, pulled]) == "")
        let selection = Self.command([0x00, 0xA4, 0x04, 0x00], ran: false, status: nil, faults: [Self.pull])
        #expect(problems(.failed(code: "removed", sentence: ""), [selection]) == "")
        let torn = Self.command([0x00, 0x20, 0x00, 0x80], writes: 1, status: nil, faults: [Self.pull])
        #expect(problems(Self.lost, [torn], after: Self.counters(4)) == "")
        #expect(problems(.signed, [Self.verify, Self.verify, Self.sign], flow: .typo) == "")
    }

    @Test func `each promise that is broken is a surprise`() throws {
        #expect(problems(.late, []).contains("did not come to an end"))
        #expect(problems(.failed(code: "removed", sentence: "x"), [Self.verify]).contains("without any fault"))
        #expect(problems(.signed, [Self.verify]).contains("has made no signature"))
        #expect(problems(.signed, [Self.verify, Self.sign], after: Self.counters(4)).contains("has 4 tries left, and should have 5"))
        #expect(problems(.signed, [Self.verify, Self.sign], after: Self.counters(5, 4)).contains("PIV PUK has changed"))
        let signed = Self.command([0x00, 0x87, 0x11, 0x9C], body: 40, faults: [Self.pull])
        #expect(problems(.failed(code: "removed", sentence: ""), [Self.verify, signed]).contains("the driver says \"removed\""))
        let lost = Self.command([0x00, 0x20, 0x00, 0x80], writes: 2, faults: [Self.pull])
        #expect(problems(.failed(code: "removed", sentence: "gone"), [lost]).contains("the driver does not say so"))
        #expect(problems(.signed, [Self.verify, Self.verify, Self.sign]).contains("sent more often"))
        #expect(problems(.signed, [Self.verify, Self.sign, Self.sign]).contains("asked for twice"))
    }

    /// One failure that fits, and what a driver might have said instead.
    @Test(
        arguments: [
            ("pull after APDU 1", nil, ["removed"], ["cardMute", "stuck", "notSupported", "wrongPIN", "malformedAnswer", "cardMissing"]),
            ("power loss before APDU 1", nil, ["cardMute", "unresponsive"], ["stuck", "removed", "indeterminate", "blocked"]),
            ("stuck before APDU 1", nil, ["stuck", "readerStuck"], ["cardMute", "removed", "timedOut"]),
            ("delay 9 ms after APDU 1", 0x9000, [], ["stuck", "timedOut", "malformedAnswer"]),
            ("other program resets before APDU 1", nil, ["heldByAnotherProgram", "reset"], ["removed", "notSupported", "stuck"]),
            ("reset before APDU 1", 0x6985, ["notSupported"], ["blocked", "removed", "heldByAnotherProgram"]),
            // Two bytes that are no status word say nothing at all.
            ("garbage after APDU 1", 0x1234, ["malformedAnswer"], ["notSupported", "blocked", "wrongPIN", "lastTry"]),
            ("truncated answer after APDU 1", nil, ["malformedAnswer"], ["notSupported", "blocked", "wrongPIN"]),
            // A PIN is wrong, or blocked, only where the card says so.
            ("status 6F00 after APDU 1", 0x6F00, ["notSupported"], ["wrongPIN", "blocked", "removed", "lastTry"]),
            ("status 63C2 after APDU 1", 0x63C2, ["wrongPIN"], ["blocked", "notSupported"]),
            ("status 6983 after APDU 1", 0x6983, ["blocked"], ["wrongPIN", "notSupported"]),
        ] as [(String, UInt16?, [String], [String])])
    func `each fault has its own reasons, and no other fits`(line: String, told: UInt16?, right: [String], wrong: [String]) throws {
        let fault = try #require(Fault(line))
        let verify = Self.command(
            [0x00, 0x20, 0x00, 0x80], writes: 2, told: told.map { StatusWord(rawValue: $0) }, faults: [fault])
        for code in right + wrong {
            let found = problems(.failed(code: code, sentence: "a PIN try may have been spent"), [verify])
            #expect(found.contains("no reason that fits") == wrong.contains(code), "\(code): \(found)")
        }
    }

    @Test func `an answer that is no status word excuses no denial, and one that refuses does`() throws {
        let denied = FaultRun.Outcome.failed(code: "malformedAnswer", sentence: "x")
        for (told, isPromiseBroken) in [(0x1234, true), (nil, true), (0x6F00, false)] as [(UInt16?, Bool)] {
            let garbage = Self.command(
                [0x00, 0x87, 0x11, 0x9C], body: 40, told: told.map { StatusWord(rawValue: $0) },
                faults: [try #require(Fault("garbage after APDU 2"))])
            #expect(problems(denied, [Self.verify, garbage]).contains("has signed, and the driver says") == isPromiseBroken)
        }
        let unclear = Self.command(
            [0x00, 0x20, 0x00, 0x80], writes: 2, told: StatusWord(rawValue: 0x1234),
            faults: [try #require(Fault("garbage after APDU 1"))])
        #expect(problems(denied, [unclear]).contains("a PIN try may have been spent, and the driver does not say so"))
    }

    @Test func `the line repeats the run, with what was asked for`() throws {
        let plan = try #require(FaultPlan("pull before APDU 1; garbage after VERIFY 1"))
        let run = FaultRun(flow: .typo, plan: plan, outcome: .late, commands: [], triesLeft: nil, expectedTries: 5, problems: ["late"])
        var report = FaultReport(application: .pkcs15, keys: .p384)
        report.runs = [run]
        let line =
            "tessera emulate faults --application pkcs15 --keys p384 --flow typo --fault \"pull before APDU 1; garbage after VERIFY 1\""
        #expect(report.line(for: run) == line)
        #expect(report.text.contains("surprising: late\n  \(line)\n"))
    }
}

extension Array {
    fileprivate func asyncMap<R>(_ body: (Element) async throws -> R) async rethrows -> [R] {
        var results: [R] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}
