public import ISO7816
internal import Secrets
internal import Synchronization

/// A card that expects exact commands in exact order; anything else is answered `6F00` and counted as a failure.
///
/// For tests of what drives cards: no card's behaviour is needed, only one conversation.
public final class ScriptedChannel: CardChannel {
    /// One line of a script.
    public struct Line: Sendable {
        let command: [UInt8]?
        let answer: Result<[UInt8], CardError>

        /// Expects `command` and answers `answer`, both in hexadecimal.
        public init(_ command: String, _ answer: String) {
            self.command = [UInt8](hexadecimal: command) ?? []
            self.answer = .success([UInt8](hexadecimal: answer) ?? [])
        }

        /// Expects any command and answers `answer`.
        public init(answer: [UInt8]) {
            command = nil
            self.answer = .success(answer)
        }

        /// Expects any command, and then the channel fails.
        public init(failing error: CardError) {
            command = nil
            answer = .failure(error)
        }
    }

    private struct State {
        var script: ArraySlice<Line>
        var failures: [String] = []
        var commands: [[UInt8]] = []
    }

    /// What the card answers to power-on.
    public let atr: ATR
    /// Whether commands may have two length bytes.
    public let passesExtendedLength: Bool
    private let repeatsLast: Bool
    private let state: Mutex<State>

    /// A channel that plays `script`.
    ///
    /// - Parameters:
    ///   - atr: what the card answers to power-on.
    ///   - script: what is expected, line by line.
    ///   - passesExtendedLength: whether commands may have two length bytes.
    ///   - repeatsLast: whether the last line answers for ever, as a lying card does.
    /// - Throws: `ATRError`.
    public init(
        atr: [UInt8] = [0x3B, 0x00], _ script: [Line], passesExtendedLength: Bool = false, repeatsLast: Bool = false
    ) throws(ATRError) {
        self.atr = try ATR(parsing: atr)
        self.passesExtendedLength = passesExtendedLength
        self.repeatsLast = repeatsLast
        state = Mutex(State(script: script[...]))
    }

    /// What did not go by the script, and what of it was never reached; empty when all went well.
    public var failures: [String] {
        state.withLock { state in
            let left = repeatsLast ? 0 : state.script.count
            return state.failures + (left > 0 ? ["\(left) lines were never reached"] : [])
        }
    }

    /// Every command that arrived.
    public var commands: [[UInt8]] { state.withLock { $0.commands } }

    /// Takes a command and answers it; never waits.
    public func transmit(_ command: [UInt8]) async throws(CardError) -> [UInt8] {
        let result: Result<[UInt8], CardError> = state.withLock { state in
            state.commands.append(command)
            guard let line = state.script.first else {
                state.failures.append("after the end: \(command.hexadecimal)")
                return .success([0x6F, 0x00])
            }
            if !repeatsLast || state.script.count > 1 { state.script.removeFirst() }
            if let expected = line.command, expected != command {
                state.failures.append("expected \(expected.hexadecimal), got \(command.hexadecimal)")
                return .success([0x6F, 0x00])
            }
            return line.answer
        }
        return try result.get()
    }

    /// Takes a command that carries a PIN, as any other.
    public func transmit(_ command: consuming SensitiveCommand) async throws(CardError) -> [UInt8] {
        try await transmit(
            command.takeFrame().withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe Array($0) } })
    }
}
