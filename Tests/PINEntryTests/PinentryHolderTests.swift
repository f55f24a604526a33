import DeviceProtocol
import Foundation
import Glibc
import PINEntry
import Secrets
import TestSupport
import Testing

/// A screen of 80 by 24 at which `pinentry-curses` asks and the test types.
private final class Screen: Sendable {
    let keyboard: Int32
    private let line: Int32
    let terminal: PinentryHolder.Terminal

    init() throws {
        var ends: (Int32, Int32) = (-1, -1)
        var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
        var name = [CChar](repeating: 0, count: 256)
        try #require(openpty(&ends.0, &ends.1, &name, nil, &size) == 0)
        (keyboard, line) = ends
        let end = name.firstIndex(of: 0) ?? name.count
        terminal = PinentryHolder.Terminal(path: String(decoding: name[..<end].map(UInt8.init(bitPattern:)), as: UTF8.self), type: "vt100")
        _ = fcntl(keyboard, F_SETFL, O_NONBLOCK)
    }

    deinit {
        close(keyboard)
        close(line)
    }

    /// Waits until all of `words` were shown, and returns everything that was.
    func showing(_ words: String...) async -> String {
        var shown: [UInt8] = []
        var text: String { String(decoding: shown, as: UTF8.self) }
        let isShown = await eventually(within: .seconds(60)) { [keyboard] in
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = read(keyboard, &buffer, buffer.count)
            if count > 0 { shown += buffer.prefix(count) }
            return words.allSatisfy(text.contains)
        }
        #expect(isShown, "\(text)")
        return text
    }

    func type(_ text: String) { _ = write(keyboard, text, text.utf8.count) }
}

/// A pinentry of a few lines of shell: it greets, answers OK to everything, and to one command what the test says.
private func pinentry(answering command: String, _ answer: String, greeting: String = "echo OK") async throws -> (path: String, folder: URL)
{
    let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-pinentry-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let script = """
        #!/bin/sh
        \(greeting)
        while read -r line; do
            echo "$line" >>\(folder.path)/said
            case "$line" in
            \(command)*) \(answer) ;;
            *) echo OK ;;
            esac
        done
        """
    let path = folder.appending(path: "pinentry")
    // Another program writes it: a child that this process makes meanwhile would hold the file open, and nobody could run it (ETXTBSY).
    let written = try await ChildProgram.run("/bin/sh", ["-c", "cat >\"$0\" && chmod 755 \"$0\"", path.path], input: Data(script.utf8))
    try #require(written.status == 0)
    return (path.path, folder)
}

@Suite(.timeLimit(.minutes(5))) struct PinentryHolderTests {
    private static let payment = Summary(
        title: "Payment", lines: [.init("Amount", "12.50 EUR"), .init("Payee", "50 % Café\u{202E}"), .init("Reference", "")])

    private func request(tries: Int? = 3, wrong: Bool = false, wanted: PINRequest.Wanted = .present("PIN")) -> PINRequest {
        PINRequest(summary: Self.payment, device: "Smartcard", triesLeft: tries, previousWasWrong: wrong, wanted: wanted)
    }

    private func digits(_ pin: consuming PIN) -> [UInt8] { pin.takeBytes().withBytes { bytes in bytes.withUnsafeBytes { Array($0) } } }

    private func failure(of body: () async throws(HolderError) -> Void) async -> HolderError? {
        do throws(HolderError) {
            try await body()
            return nil
        } catch { return error }
    }

    /// What one answer to GETPIN gives.
    private func outcome(of answer: String, patience: Duration = .seconds(60)) async throws -> Result<[UInt8], HolderError> {
        let (path, folder) = try await pinentry(answering: "GETPIN", answer)
        defer { try? FileManager.default.removeItem(at: folder) }
        do throws(HolderError) {
            return .success(digits(try await PinentryHolder(program: path, patience: patience).pin(for: request())))
        } catch { return .failure(error) }
    }

    @Test func `pinentry-curses shows the operation and the tries, and hands over what is typed`() async throws {
        let screen = try Screen()
        let holder = PinentryHolder(program: "pinentry-curses", terminal: screen.terminal, patience: .seconds(120))
        async let pin = digits(try await holder.pin(for: request()))
        let shown = await screen.showing("12.50 EUR", "3 tries left", "PIN:")
        #expect(shown.contains("Caf"))
        screen.type("7351%46\r")
        #expect(try await pin == Array("7351%46".utf8))
    }

    @Test func `pinentry-curses says that the PIN before was wrong`() async throws {
        let screen = try Screen()
        let holder = PinentryHolder(program: "pinentry-curses", terminal: screen.terminal, patience: .seconds(120))
        async let pin = digits(try await holder.pin(for: request(tries: 1, wrong: true)))
        _ = await screen.showing("Wrong PIN. 1 try left.")
        screen.type("1\r")
        #expect(try await pin == Array("1".utf8))
    }

    @Test func `the button beside the first breaks off`() async throws {
        let screen = try Screen()
        let holder = PinentryHolder(program: "pinentry-curses", terminal: screen.terminal, patience: .seconds(120))
        async let failure = failure { () async throws(HolderError) in _ = try await holder.pin(for: request()) }
        _ = await screen.showing("PIN:")
        screen.type("\t\t\r")
        #expect(await failure == .cancelled)
    }

    @Test(arguments: [("\r", true), ("\t\r", false)])
    func `the last try is spent by one button and kept by the other`(keys: String, isSpent: Bool) async throws {
        let screen = try Screen()
        let holder = PinentryHolder(program: "pinentry-curses", terminal: screen.terminal, patience: .seconds(120))
        async let answer = holder.permitsLastTry(request(tries: 1))
        _ = await screen.showing("One try is left", "Use it", "Keep it")
        screen.type(keys)
        #expect(try await answer == isSpent)
    }

    @Test func `nobody answers in time`() async throws {
        let screen = try Screen()
        let holder = PinentryHolder(program: "pinentry-curses", terminal: screen.terminal, patience: .seconds(1))
        #expect(await failure { () async throws(HolderError) in _ = try await holder.pin(for: request()) } == .timedOut)
    }

    @Test func `a cancelled question leaves no pinentry behind`() async throws {
        let (path, folder) = try await pinentry(answering: "GETPIN", "echo $$ >\"$(dirname \"$0\")/pid\"; exec sleep 600")
        defer { try? FileManager.default.removeItem(at: folder) }
        let asking = Task { [request = request()] () -> HolderError? in
            do throws(HolderError) {
                _ = try await PinentryHolder(program: path).pin(for: request)
                return nil
            } catch { return error }
        }
        var process: pid_t?
        let isAsking = await eventually(within: .seconds(60)) {
            process = (try? String(contentsOf: folder.appending(path: "pid"), encoding: .utf8)).flatMap { pid_t($0.dropLast()) }
            return process != nil
        }
        try #require(isAsking)
        asking.cancel()
        #expect(await asking.value == .cancelled)
        let identifier = try #require(process)
        #expect(await eventually(within: .seconds(60)) { kill(identifier, 0) == -1 })
    }

    @Test(arguments: [
        ("echo 'ERR 83886179 Operation cancelled'", HolderError.cancelled), ("echo 'ERR 83886142 Timeout'", .timedOut),
        ("echo 'ERR 83886194 Not confirmed'", .declined), ("echo 'ERR 536871187 Unknown command'", .unavailable), ("exit 0", .unavailable),
        ("kill -9 $$", .unavailable), ("echo OK", .cancelled), ("echo ERR 99999999999999999999999999", .unavailable),
    ])
    func `each of its answers has one meaning`(answer: String, meaning: HolderError) async throws {
        #expect(try await outcome(of: answer) == .failure(meaning))
    }

    @Test func `what fills a page is handed over as a page, which is no PIN of any card`() async throws {
        let answer = "head -c 9000 /dev/zero | tr '\\\\0' 1 | sed 's/^/D /'; echo; echo OK"
        #expect(try await outcome(of: answer).get().count == SecretBytes.capacity - 2)
    }

    @Test func `a PIN comes in pieces and escaped`() async throws {
        #expect(
            try await outcome(of: "echo '# note'; echo 'S PIN_REPEATED'; echo 'D 12%33'; echo 'D %25%4'; echo OK").get()
                == Array("123%%4".utf8))
    }

    @Test func `it gets what it needs of the environment, and nothing else`() async throws {
        // Keys of a store may be in a variable of any name.
        let needed = ["PATH", "HOME", "TERM", "LANG", "DISPLAY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"]
        let own = ProcessInfo.processInfo.environment.filter { !$0.value.contains("\n") }
        // The shell makes these by itself.
        let foreign = Set(own.keys).subtracting(needed).subtracting(["PWD", "OLDPWD", "SHLVL", "_"]).filter {
            !$0.hasPrefix("LC_") && !$0.hasPrefix("XDG_") && !$0.hasPrefix("DBUS_")
        }.subtracting(["TMPDIR", "LANGUAGE", "TZ", "WAYLAND_DISPLAY", "XAUTHORITY", "GPG_TTY", "PINENTRY_USER_DATA"])
        try #require(!foreign.isEmpty)
        let (path, folder) = try await pinentry(answering: "GETPIN", "env >\"${0%/*}/env\"; echo 'D 1'; echo OK")
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try await PinentryHolder(program: path).pin(for: request())
        let given = try String(contentsOf: folder.appending(path: "env"), encoding: .utf8).split(separator: "\n")
        for name in needed where own[name] != nil { #expect(given.contains { $0 == "\(name)=\(own[name] ?? "")" }) }
        for name in foreign { #expect(!given.contains { $0.hasPrefix("\(name)=") }, "\(name)") }
    }

    @Test func `where there is no pinentry, nobody can be asked`() async throws {
        let holder = PinentryHolder(program: "/nonexistent/pinentry")
        #expect(await failure { () async throws(HolderError) in _ = try await holder.pin(for: request()) } == .unavailable)
        let (path, folder) = try await pinentry(answering: "X", "", greeting: "exit 1")
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(
            await failure { () async throws(HolderError) in try await PinentryHolder(program: path).consent(to: Self.payment) }
                == .unavailable)
    }

    @Test func `what cannot be shown whole is not agreed to`() async throws {
        let (path, folder) = try await pinentry(answering: "X", "")
        defer { try? FileManager.default.removeItem(at: folder) }
        func failure(_ count: Int) async -> HolderError? {
            let long = Summary(title: "Payment", lines: [.init("Payee", String(repeating: "x", count: count))])
            return await self.failure { () async throws(HolderError) in try await PinentryHolder(program: path).consent(to: long) }
        }
        // "SETDESC Payment%0APayee: " and the end of the line are 26 bytes.
        #expect(await failure(974) == nil)
        #expect(await failure(975) == .tooLong(bytes: 1001, limit: 1000))
        let said = try String(contentsOf: folder.appending(path: "said"), encoding: .utf8)
        #expect(said.ranges(of: "SETDESC").count == 1 && said.ranges(of: "CONFIRM").count == 1)
    }

    @Test func `four payments to payees with long names are too long for it, which says so and asks nothing`() async throws {
        let (path, folder) = try await pinentry(answering: "X", "")
        defer { try? FileManager.default.removeItem(at: folder) }
        let payments = (1...Batch.listedLimit).flatMap { number -> [Summary.Line] in
            [
                .init("IBAN \(number)", "MT84 MALT 0110 0001 2345 MTLC AST0 01S"),
                .init("Payee \(number)", String(repeating: "p", count: 105)),
                .init("Amount \(number)", "249999999999.99 EUR"),
            ]
        }
        let rest = [
            Summary.Line("Origin", String(repeating: "o", count: 58)), .init("Total", "999999999999.96 EUR"), .init("Payments", "4"),
            .init("Rule", String(repeating: "r", count: 32)), .init("Role", String(repeating: "r", count: 32)),
            .init("Signature", "1 of 2"),
        ]
        let request = PINRequest(
            summary: Summary(title: "Batch", lines: rest + payments), device: "Smartcard", triesLeft: 3, previousWasWrong: false)
        let reason = await failure { () async throws(HolderError) in _ = try await PinentryHolder(program: path).pin(for: request) }
        guard case .tooLong(let bytes, 1000)? = reason else {
            Issue.record("\(reason.map { "\($0)" } ?? "nothing")")
            return
        }
        #expect(bytes > 1000)
        #expect(!(try String(contentsOf: folder.appending(path: "said"), encoding: .utf8)).contains("GETPIN"))
    }

    @Test func `it is told the operation, escaped, and neither a key nor a keyring`() async throws {
        let (path, folder) = try await pinentry(answering: "GETPIN", "echo 'D 1'; echo OK")
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try await PinentryHolder(program: path, patience: .seconds(90)).pin(for: request(wanted: .new("PUK", form: "8 digits")))
        let said = try String(contentsOf: folder.appending(path: "said"), encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(said.contains("SETDESC Payment%0AAmount: 12.50 EUR%0APayee: 50 %25 Café\u{FFFD}%0A%0ASmartcard. 3 tries left."))
        #expect(said.contains("SETPROMPT New PUK (8 digits):"))
        #expect(said.contains("SETTIMEOUT 90"))
        #expect(!said.contains { $0.contains("KEYINFO") || $0.contains("cache") })
    }
}
