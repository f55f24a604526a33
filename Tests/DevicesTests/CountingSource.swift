import ISO7816
import Synchronization

/// Another source, every command of which is counted, with a witness whose word a test decides.
final class CountingSource: CardSource {
    private struct State {
        var commands: [[UInt8]] = []
        var secrets: [Int] = []
        var isSame = true
        var forged: [[UInt8]: [UInt8]] = [:]
        var forgedToSecrets: [UInt8]?
        var altered: (old: [UInt8], new: [UInt8])?
    }

    private struct Witness: CardWitness {
        let source: CountingSource
        func isSameCard() async -> Bool { source.state.withLock { $0.isSame } }
    }

    private struct Session: CardSession {
        let session: any CardSession
        let source: CountingSource

        var atr: ATR { session.atr }
        var passesExtendedLength: Bool { source.passesExtendedLength }

        func transmit(_ command: [UInt8]) async throws(CardError) -> [UInt8] {
            let forged = source.state.withLock {
                $0.commands.append(command)
                return $0.forged.first { command.dropFirst().starts(with: $0.key) }?.value
            }
            let answer = try await session.transmit(command)
            let altered = source.state.withLock { $0.altered }
            return forged ?? altered.map { answer.replacing($0.old, with: $0.new) } ?? answer
        }

        func transmit(_ command: consuming SensitiveCommand) async throws(CardError) -> [UInt8] {
            source.state.withLock {
                $0.secrets.append($0.commands.count)
                $0.commands.append(command.header)
            }
            let answer = try await session.transmit(command)
            return source.state.withLock { $0.forgedToSecrets } ?? answer
        }

        func end(_ disposition: CardDisposition) async { await session.end(disposition) }
    }

    private let source: any CardSource
    fileprivate let passesExtendedLength: Bool
    private let isWatched: Bool
    private let trustsWitness: Bool
    private let state = Mutex(State())

    /// - Parameters:
    ///   - passesExtendedLength: what the reader says of itself.
    ///   - isWatched: whether there are witnesses.
    ///   - trustsWitness: whether they are those of `source`, whose word no test decides.
    init(_ source: any CardSource, passesExtendedLength: Bool = false, isWatched: Bool = true, trustsWitness: Bool = false) {
        self.trustsWitness = trustsWitness
        self.source = source
        self.passesExtendedLength = passesExtendedLength
        self.isWatched = isWatched
    }

    /// The commands since the last question; those with a PIN by their headers.
    func takeCommands() -> [[UInt8]] { takeConversation().commands }

    /// The commands since the last question, and which of them, counted from 0, brought a PIN.
    func takeConversation() -> (commands: [[UInt8]], secrets: [Int]) {
        state.withLock { state in
            defer { (state.commands, state.secrets) = ([], []) }
            return (state.commands, state.secrets)
        }
    }

    /// From now on no witness vouches for a card.
    func loseSight() { state.withLock { $0.isSame = false } }

    /// The card answers commands with this instruction, and these parameters, so, whatever it did.
    func forge(_ instruction: UInt8, _ parameters: UInt8..., to answer: [UInt8]?) {
        state.withLock { $0.forged[[instruction] + parameters] = answer }
    }

    /// The card answers commands with a PIN so, whatever it did.
    func forgeToSecrets(_ answer: [UInt8]) { state.withLock { $0.forgedToSecrets = answer } }

    /// The card's answers have `new` wherever `old` was.
    func alter(_ old: [UInt8], to new: [UInt8]) { state.withLock { $0.altered = (old, new) } }

    func slots() async throws(CardError) -> [CardSlot] { try await source.slots() }
    func changes() -> AsyncStream<[CardSlot]> { source.changes() }
    func open(_ reader: String) async throws(CardError) -> any CardSession { Session(session: try await source.open(reader), source: self) }

    func witness(of reader: String) async -> (any CardWitness)? {
        if trustsWitness { return await source.witness(of: reader) }
        return isWatched ? Witness(source: self) : nil
    }
}
