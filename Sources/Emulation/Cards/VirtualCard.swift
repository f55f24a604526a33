public import ISO7816
internal import Synchronization

/// The card side of a card: power, reset, and answers to commands; no reader, no socket, no thread of its own.
///
/// It sits in one slot at a time: a reader of ``VirtualReaders``, or a ``VPCDSlot`` of the real pcscd. Layered as a card
/// is: transport, dispatcher, applications.
public final class VirtualCard: Sendable {
    private struct State {
        var powered = false
        var transport: CardTransport
        var dispatcher: CardDispatcher
        var lie: CardLie?
        /// The instructions that the lie is told to; `nil` for all.
        var instructions: Set<UInt8>?
        var justLied = false

        mutating func reset() {
            transport.reset()
            dispatcher.reset()
        }

        mutating func answer(_ command: [UInt8]) -> [UInt8] {
            switch transport.accept(command) {
            case .answer(let bytes): return bytes
            case .execute(let command):
                let response = dispatcher.process(command)
                return transport.deliver(response, to: command, unasked: dispatcher.answersUnasked)
            }
        }

        func lies(to command: [UInt8]) -> Bool {
            guard lie != nil else { return false }
            guard let instructions else { return true }
            guard command.count > 1 else { return false }
            return instructions.contains(command[1]) || command[1] == 0xC0 && justLied
        }
    }

    /// What the card says of itself after power-on.
    public let atr: ATR
    /// What its transport takes.
    public let rules: TransportRules
    /// What outlives power.
    let memory: CardMemory
    private let state: Mutex<State>
    private let place = Mutex<String?>(nil)

    /// A card that is in no slot yet.
    ///
    /// - Parameters:
    ///   - applets: its applications; the first is the default one, selected after power-on.
    ///   - extendedLength: whether it takes Lc and Le of two bytes, unless it speaks T=0 alone.
    ///   - memory: where its applications keep what outlives power.
    public init(atr: ATR, applets: [any CardApplet], extendedLength: Bool = true, memory: CardMemory = CardMemory()) {
        self.atr = atr
        self.memory = memory
        rules = TransportRules(atr, extendedLength: extendedLength)
        state = Mutex(State(transport: CardTransport(rules), dispatcher: CardDispatcher(applets)))
    }

    /// Gives the card power: every login is gone, the default application is selected.
    public func powerOn() {
        state.withLock {
            memory.restorePower()
            $0.reset()
            $0.powered = true
        }
    }

    /// Resets a card that has power, as the reset contact does; the same as ``powerOn()`` for one that has none.
    public func reset() { powerOn() }

    /// Takes the power away; what is not in lasting memory is lost.
    public func powerOff() {
        state.withLock {
            $0.reset()
            $0.powered = false
        }
    }

    /// Whether the card has power.
    public var isPowered: Bool { state.withLock { $0.powered } }

    /// Answers one command: data and status word, at least two bytes, whatever comes in.
    ///
    /// A card without power answers `6F00`, where a real one would be silent.
    public func process(_ command: [UInt8]) -> [UInt8] {
        state.withLock {
            guard $0.powered else { return [0x6F, 0x00] }
            let truth = $0.answer(command)
            if memory.powerLoss != nil {
                $0.reset()
                $0.powered = false
                return [0x6F, 0x00]
            }
            $0.justLied = $0.lies(to: command)
            guard $0.justLied, let lie = $0.lie else { return truth }
            return lie.answer(insteadOf: truth)
        }
    }

    /// Makes the card lie from now on; what it does stays as it was, only what it says is wrong.
    ///
    /// - Parameters:
    ///   - lie: `nil` for the truth.
    ///   - instructions: the commands that are answered so, GET RESPONSE behind them included; `nil` for all.
    public func tell(_ lie: CardLie?, to instructions: Set<UInt8>? = nil) {
        state.withLock {
            $0.lie = lie
            $0.instructions = instructions
            $0.justLied = false
        }
    }

    /// Puts other contents into the card's memory and starts it anew: between two commands, never within one.
    ///
    /// - Parameter applets: makes the applications of the new memory; it throws before anything is changed, or not at all.
    func replaceMemory(
        with cells: [String: CardMemory.Value], applets: (CardMemory) throws(CardStateError) -> [any CardApplet]
    ) throws(CardStateError) {
        _ = try applets(CardMemory(cells))
        try state.withLock { state throws(CardStateError) in
            do throws(CardMemoryError) { try memory.replace(with: cells) } catch { throw .notKept(error) }
            state.dispatcher = CardDispatcher(try applets(memory))
            state.transport.reset()
        }
    }

    /// Selects what is not on this card, as another program does that means another one: its logins are gone, and nothing
    /// answers until an application is selected again.
    func selectElsewhere() {
        state.withLock {
            $0.transport.reset()
            $0.dispatcher.selectElsewhere()
        }
    }

    /// Puts the card into the slot called `name`; the name of the other slot when it is in one already.
    func enter(_ name: String) -> String? {
        place.withLock {
            if let other = $0 { return other }
            $0 = name
            return nil
        }
    }

    /// Takes the card out of its slot and its power away.
    func leave() {
        powerOff()
        memory.losePower(at: [:])
        place.withLock { $0 = nil }
    }
}
