public import DeviceProtocol
import Glibc
import Secrets

/// A person who is asked by pinentry, the program that asks for PINs wherever GnuPG runs, in a window or on the terminal.
///
/// Any of its flavours will do. The PIN goes from its pipe straight onto a locked page. Nothing is remembered: it is neither
/// told which key the PIN is for nor allowed to use a keyring.
public struct PinentryHolder: Holder {
    /// Where a flavour without windows asks.
    public struct Terminal: Sendable {
        /// The device, for instance `/dev/pts/3`.
        public let path: String
        /// What it understands, as in `TERM`; terminfo(5).
        public let type: String

        /// A terminal.
        public init(path: String, type: String) {
            self.path = path
            self.type = type
        }
    }

    /// How long a question waits for the person.
    public let patience: Duration
    private let program: String
    private let terminal: Terminal?
    private let prompts: TerminalHolder

    /// A person.
    ///
    /// - Parameters:
    ///   - program: a path, or a name in `PATH`.
    ///   - terminal: where a flavour without windows asks; `nil` for the terminal of standard error.
    ///   - prompts: where is shown what wants no answer.
    ///   - patience: how long a question waits; two minutes by default.
    public init(
        program: String = "pinentry", terminal: Terminal? = nil, prompts: TerminalHolder = TerminalHolder(),
        patience: Duration = .seconds(120)
    ) {
        self.program = program
        self.terminal = terminal ?? Terminal(of: 2)
        self.prompts = prompts
        self.patience = patience
    }

    /// Shows it where prompts go: pinentry would wait until somebody takes the message away.
    public func show(_ prompt: Prompt) async { await prompts.show(prompt) }

    /// Shows the operation with two buttons.
    ///
    /// - Throws: `declined`, `cancelled`, `timedOut`, `unavailable`; `tooLong` when the operation cannot be shown whole.
    public func consent(to summary: Summary) async throws(HolderError) {
        let turn = try await turn()
        defer { turn?.leave() }
        let process = try await asking(summary.title, summary.description)
        try await tell("SETOK", "Agree", process)
        try await tell("SETNOTOK", "Decline", process)
        try await tell("CONFIRM", "", process, within: patience + Self.grace)
    }

    /// Shows the operation and the tries left, and takes the PIN.
    ///
    /// - Throws: `cancelled` for an empty PIN; `declined`, `timedOut`, `unavailable`; `tooLong` when the operation cannot be shown whole.
    public func pin(for request: PINRequest) async throws(HolderError) -> PIN {
        let turn = try await turn()
        defer { turn?.leave() }
        let process = try await asking(request.summary.title, request.description)
        try await tell("SETPROMPT", request.prompt, process)
        if request.previousWasWrong { try await tell("SETERROR", "Wrong \(request.name).\(request.left)", process) }
        try process.send(line("GETPIN"))
        let typed: SecretBytes
        do throws(SecretBytesError) { typed = try SecretBytes() } catch { throw .unavailable }
        let pin = try await answer(of: process, into: typed, within: patience + Self.grace)
        guard pin.count > 0 else { throw .cancelled }
        return PIN(pin)
    }

    /// Says what is at stake, with two buttons.
    ///
    /// - Throws: `timedOut`, `cancelled`, `unavailable`.
    public func permitsLastTry(_ request: PINRequest) async throws(HolderError) -> Bool {
        let turn = try await turn()
        defer { turn?.leave() }
        let process = try await asking("Last try", request.stake)
        try await tell("SETOK", "Use it", process)
        try await tell("SETNOTOK", "Keep it", process)
        do {
            try await tell("CONFIRM", "", process, within: patience + Self.grace)
            return true
        } catch .declined { return false }
    }

    // MARK: The conversation

    /// The turn at the terminal where a flavour without windows would ask; `nil` where there is none.
    private func turn() async throws(HolderError) -> TerminalTurn? {
        guard let terminal else { return nil }
        return try await TerminalTurn.taken(at: terminal.path, within: patience)
    }

    /// A pinentry that has been told what to show, and where.
    private func asking(_ title: String, _ text: String) async throws(HolderError) -> PinentryProcess {
        let process = try PinentryProcess.starting(program)
        try await expectOK(of: process, within: Self.reply)
        // Options that a flavour does not know change nothing.
        if let terminal {
            try await offer("OPTION", "ttyname=\(terminal.path)", process)
            try await offer("OPTION", "ttytype=\(terminal.type)", process)
        }
        if let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(environment).first {
            try await offer("OPTION", "lc-ctype=\(locale)", process)
        }
        try await offer("SETTITLE", title, process)
        try await offer("SETTIMEOUT", String(max(1, patience.components.seconds)), process)
        try await tell("SETDESC", text, process)
        return process
    }

    /// What pinentry gets to answer by itself.
    private static let reply = Duration.seconds(20)
    /// It keeps the person's time by itself; ours is for one that does not.
    private static let grace = Duration.seconds(5)

    private func line(_ command: String, _ argument: String = "") throws(HolderError) -> [UInt8] {
        let line = AssuanReply.line(command, argument.printable)
        guard line.count <= AssuanReply.maximumLine else { throw .tooLong(bytes: line.count, limit: AssuanReply.maximumLine) }
        return line
    }

    /// Sends a command that has to be understood.
    private func tell(
        _ command: String, _ argument: String, _ process: borrowing PinentryProcess, within limit: Duration = reply
    ) async throws(HolderError) {
        try process.send(line(command, argument))
        try await expectOK(of: process, within: limit)
    }

    /// Sends a command that may be refused.
    private func offer(_ command: String, _ argument: String, _ process: borrowing PinentryProcess) async throws(HolderError) {
        try process.send(line(command, argument))
        while true {
            switch AssuanReply(try await process.line(within: Self.reply)) {
            case .ok, .failure: return
            case .data, .remark: continue
            }
        }
    }

    private func expectOK(of process: borrowing PinentryProcess, within limit: Duration) async throws(HolderError) {
        while true {
            switch AssuanReply(try await process.line(within: limit)) {
            case .ok: return
            case .failure(let code): throw HolderError(code)
            case .data, .remark: continue
            }
        }
    }

    /// The data of an answer, behind what is in `bytes` already.
    private func answer(
        of process: borrowing PinentryProcess, into bytes: consuming SecretBytes, within limit: Duration
    ) async throws(HolderError) -> SecretBytes {
        while true {
            let line = try await process.line(within: limit)
            switch AssuanReply(line) {
            case .ok: return bytes
            case .failure(let code): throw HolderError(code)
            case .data: do throws(SecretBytesError) { try bytes.append(dataOf: line) } catch { throw .unavailable }
            case .remark: continue
            }
        }
    }
}

extension PinentryHolder.Terminal {
    /// The terminal behind a descriptor; `nil` where there is none.
    fileprivate init?(of descriptor: Int32) {
        var name = [CChar](repeating: 0, count: 256)
        guard isatty(descriptor) == 1, unsafe ttyname_r(descriptor, &name, name.count) == 0 else { return nil }
        let path = name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        self.init(path: String(decoding: path, as: UTF8.self), type: environment("TERM") ?? "vt100")
    }
}

private func environment(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }

extension HolderError {
    /// The person's or the program's reason, as a code of libgpg-error.
    fileprivate init(_ code: Int) {
        self =
            switch code {
            case 62: .timedOut  // GPG_ERR_TIMEOUT
            case 99, 198: .cancelled  // GPG_ERR_CANCELED, GPG_ERR_FULLY_CANCELED
            case 114: .declined  // GPG_ERR_NOT_CONFIRMED
            default: .unavailable
            }
    }
}

extension Summary {
    /// The whole operation: windows have letters of different widths, so that nothing is aligned.
    fileprivate var description: String { ([title] + shown.map { "\($0.label): \($0.text)" }).joined(separator: "\n") }
}

extension PINRequest {
    fileprivate var left: String { triesLeft.map { " \($0) \($0 == 1 ? "try" : "tries") left." } ?? "" }

    /// What the person reads above the field.
    fileprivate var description: String { summary.description + "\n\n\(device).\(previousWasWrong ? "" : left)" }

    fileprivate var prompt: String {
        switch wanted {
        case .present(let name): "\(name):"
        case .new(let name, let form): "New \(name) (\(form)):"
        case .newAgain(let name): "New \(name) again:"
        }
    }
}
