import DeviceProtocol
import Glibc
import PINEntry
import TestSupport
import Testing

/// A terminal of its own (`openpty`): the test sits at the keyboard, the holder at the other end.
private final class Terminal: Sendable {
    let keyboard: Int32
    let line: Int32

    init() throws {
        var ends: (Int32, Int32) = (-1, -1)
        try #require(openpty(&ends.0, &ends.1, nil, nil, nil) == 0)
        (keyboard, line) = ends
    }

    var echoes: Bool {
        var settings = termios()
        return tcgetattr(line, &settings) == 0 && settings.c_lflag & tcflag_t(ECHO) != 0
    }

    func type(_ text: String) { _ = write(keyboard, text, text.utf8.count) }

    /// What the screen has shown since it was last looked at; there must be something.
    var screen: String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(keyboard, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    deinit {
        close(keyboard)
        close(line)
    }
}

@Suite(.timeLimit(.minutes(5))) struct TerminalEchoTests {
    private let request = PINRequest(
        summary: Summary(title: "Login", lines: []), device: "Smartcard", triesLeft: 3, previousWasWrong: false)

    /// Asks for a PIN, does `act` once the echo is off, and returns the number of characters, or what went wrong.
    private func ask(
        _ terminal: Terminal, then act: (Task<Result<Int, HolderError>, Never>) -> Void
    ) async throws -> Result<Int, HolderError> {
        let holder = TerminalHolder(input: terminal.line, output: terminal.line)
        let asking = Task { [request] in
            do throws(HolderError) { return Result<Int, HolderError>.success(try await holder.pin(for: request).count) } catch {
                return .failure(error)
            }
        }
        try #require(await eventually { !terminal.echoes })
        act(asking)
        return await asking.value
    }

    @Test func `nothing shows from the moment on in which the question does`() async throws {
        let terminal = try Terminal()
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        // Nobody reads what is asked for now: a question that came before the echo went would wait here.
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        while write(ends[1], [UInt8](repeating: 0x2E, count: 4096), 4096) > 0 {}
        _ = fcntl(ends[1], F_SETFL, 0)
        let holder = TerminalHolder(input: terminal.line, output: ends[1])
        let asking = Task { [request] in try await holder.pin(for: request).count }
        let isSilent = await eventually { !terminal.echoes }
        #expect(isSilent)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var asked = ""
        while !asked.contains("3 tries left") {
            let count = read(ends[0], &buffer, buffer.count)
            asked += String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        }
        terminal.type("735146\n")
        #expect(try await asking.value == 6)
        #expect(terminal.echoes)
    }

    @Test func `somebody at a terminal corrects a wrong PIN, and nobody behind a pipe does`() async throws {
        let again = PINRequest(summary: request.summary, device: "Smartcard", triesLeft: 2, previousWasWrong: true)
        let terminal = try Terminal()
        _ = fcntl(terminal.keyboard, F_SETFL, O_NONBLOCK)
        let holder = TerminalHolder(input: terminal.line, output: terminal.line)
        let asking = Task { try await holder.pin(for: again).count }
        try #require(await eventually { !terminal.echoes })
        terminal.type("735146\n")
        #expect(try await asking.value == 6)
        var shown = ""
        let isShown = await eventually {
            shown += terminal.screen
            return shown.contains("Wrong PIN.") && shown.contains("2 tries left")
        }
        #expect(isShown, "\(shown)")
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        _ = write(ends[1], "735146\n", 7)
        let script = TerminalHolder(input: ends[0], output: terminal.line)
        await #expect(throws: HolderError.unavailable) { try await script.pin(for: again).count }
        await #expect(throws: HolderError.unavailable) { try await script.permitsLastTry(again) }
        #expect(try await script.pin(for: request).count == 6, "the line is still there")
    }

    @Test func `a PIN is not shown while it is typed, and the echo is back after it`() async throws {
        let terminal = try Terminal()
        try #require(terminal.echoes)
        let result = try await ask(terminal) { _ in terminal.type("735146\n") }
        #expect(result == .success(6))
        #expect(terminal.echoes)
        terminal.type("seen\n")
        // The screen comes in pieces; without an echo it would not end, and the suite's time would.
        var shown = terminal.screen
        while !shown.contains("seen") { shown += terminal.screen }
        #expect(shown.contains("PIN of Smartcard"))
        #expect(!shown.contains("735146"))
    }

    @Test func `the echo is back when the question is cancelled`() async throws {
        let terminal = try Terminal()
        #expect(try await ask(terminal) { $0.cancel() } == .failure(.cancelled))
        #expect(terminal.echoes)
    }

    @Test func `the echo is back when nobody answers in time`() async throws {
        let terminal = try Terminal()
        var wasOff = false
        // On a busy machine it may be back before anybody saw that it was off.
        for patience in [Duration.seconds(1), .seconds(5), .seconds(20)] where !wasOff {
            let asking = Task { await length(1, at: terminal, patience: patience) }
            wasOff = await eventually(within: patience) { !terminal.echoes }
            #expect(await asking.value == .failure(.timedOut))
            #expect(terminal.echoes)
        }
        #expect(wasOff)
    }

    @Test func `the echo is back after an answer that breaks off`() async throws {
        let terminal = try Terminal()
        #expect(try await ask(terminal) { _ in terminal.type("\n") } == .failure(.cancelled))
        #expect(terminal.echoes)
    }

    private func length(_ number: Int, at terminal: Terminal, patience: Duration = .seconds(120)) async -> Result<Int, HolderError> {
        let request = PINRequest(
            summary: Summary(title: "Login", lines: []), device: "Card \(number)", triesLeft: 3, previousWasWrong: false)
        let holder = TerminalHolder(input: terminal.line, output: terminal.line, patience: patience)
        do throws(HolderError) { return .success(try await holder.pin(for: request).count) } catch { return .failure(error) }
    }

    @Test func `four cards at one terminal are asked one after the other, and each gets its own PIN`() async throws {
        let terminal = try Terminal()
        _ = fcntl(terminal.keyboard, F_SETFL, O_NONBLOCK)
        try await withThrowingTaskGroup(of: (Int, Result<Int, HolderError>).self) { group in
            for number in 1...4 { group.addTask { (number, await length(number, at: terminal)) } }
            for _ in 1...4 {
                var shown = ""
                var asked: [Int] = []
                let isAsked = await eventually {
                    shown += terminal.screen
                    asked = shown.matches(of: /PIN of Card (\d)/).compactMap { Int($0.1) }
                    return !asked.isEmpty && !terminal.echoes
                }
                try #require(isAsked && asked.count == 1, "\(shown)")
                // Nobody else asks before this one has an answer.
                terminal.type(String(repeating: "7", count: 4 + asked[0]) + "\n")
                let next = try #require(await group.next())
                #expect(next.0 == asked[0] && next.1 == .success(4 + asked[0]))
            }
        }
        #expect(terminal.echoes)
    }

    @Test func `who waits for a terminal longer than they would for an answer has not asked`() async throws {
        let terminal = try Terminal()
        _ = fcntl(terminal.keyboard, F_SETFL, O_NONBLOCK)
        let first = Task { await length(1, at: terminal) }
        var shown = ""
        let isAsked = await eventually {
            shown += terminal.screen
            return shown.contains("PIN of Card 1") && !terminal.echoes
        }
        try #require(isAsked, "\(shown)")
        #expect(await length(2, at: terminal, patience: .milliseconds(100)) == .failure(.timedOut))
        let cancelled = Task { await length(3, at: terminal) }
        cancelled.cancel()
        #expect(await cancelled.value == .failure(.cancelled))
        shown += terminal.screen
        #expect(shown.matches(of: /PIN of Card (\d)/).map(\.1) == ["1"])
        terminal.type("735146\n")
        #expect(await first.value == .success(6))
        #expect(terminal.echoes)
    }

    @Test func `what was off before stays off`() async throws {
        let terminal = try Terminal()
        var settings = termios()
        tcgetattr(terminal.line, &settings)
        settings.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(terminal.line, TCSANOW, &settings)
        // Without an echo nothing tells when it asks: a canonical line waits until it is read.
        let holder = TerminalHolder(input: terminal.line, output: terminal.line, patience: .seconds(60))
        async let agreed: Void = holder.consent(to: request.summary)
        terminal.type("y\n")
        try await agreed
        #expect(!terminal.echoes)
    }
}
