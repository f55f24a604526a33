import Emulation
import ISO7816
import Synchronization

/// An emulated card or stick, and the reader that it belongs into.
final class EmulatedCardSlot: Sendable {
    let card: VirtualCard
    let model: CardModel
    let holder: String
    /// The reader's name.
    let reader: String
    /// Whether card and reader come and go together.
    let isStick: Bool
    private let readers: VirtualReaders
    private let state = Mutex(State())

    private struct State {
        /// What goes wrong until the card leaves the reader.
        var faults = FaultPlan.none
        /// The last plan, also when the card has left.
        var last = FaultPlan.none
        /// What of it has happened, until the next plan or insertion.
        var struck: [Fault] = []
        /// Whether the card was in the reader when somebody looked last.
        var wasInserted = false
        /// Who wants to know that something more has happened.
        var listener: (@Sendable () -> Void)?
    }

    /// - Throws: ``EmulatorError/unavailable(_:)`` when there is another reader of this name.
    init(
        _ card: VirtualCard, _ model: CardModel, holder: String, in reader: String, isStick: Bool, of readers: VirtualReaders
    ) throws(EmulatorError) {
        self.card = card
        self.model = model
        self.holder = holder
        self.reader = reader
        self.isStick = isStick
        self.readers = readers
        if !isStick {
            do throws(VirtualReaderError) { try readers.attach(reader) } catch { throw .unavailable(error.description) }
        }
    }

    /// Whether the card is in its reader.
    var isInserted: Bool {
        readers.slots().contains { slot in
            if case .card(_, _) = slot.content { slot.reader == reader } else { false }
        }
    }

    /// What goes wrong now, or at the next insertion.
    var plan: FaultPlan { state.withLock { $0.faults } }

    /// What of the plan has happened, each fault once, the first one first.
    var struck: [Fault] { state.withLock { $0.struck } }

    /// Calls `listener` whenever a fault has happened that had not before.
    func whenStruck(_ listener: @escaping @Sendable () -> Void) { state.withLock { $0.listener = listener } }

    /// Puts the card into its reader, or the stick into the machine.
    func insert() throws(EmulatorError) {
        guard !isInserted else { throw .cardThere(reader) }
        let plan = state.withLock { state in
            (state.last, state.struck) = (state.faults, [])
            return state.faults
        }
        let observer = { @Sendable [weak self] (record: CommandRecord) in self?.note(record.faults) ?? () }
        do throws(VirtualReaderError) {
            if isStick {
                try readers.plug(card, as: reader, faults: plan, observer: observer)
            } else {
                try readers.insert(card, in: reader, faults: plan, observer: observer)
            }
        } catch {
            throw .cardThere(reader)
        }
        let now = state.withLock { state in
            state.wasInserted = true
            return state.faults
        }
        // Somebody has planned something else meanwhile.
        if now != plan { try? readers.plan(now, in: reader) }
    }

    private func note(_ faults: [Fault]) {
        guard !faults.isEmpty else { return }
        let listener = state.withLock { state in
            let new = faults.filter { state.last.faults.contains($0) && !state.struck.contains($0) }
            state.struck += new
            return new.isEmpty ? nil : state.listener
        }
        listener?()
    }

    /// Pulls it out, whatever it is doing.
    func pull() throws(EmulatorError) {
        guard isInserted else { throw .cardNotThere(reader) }
        if isStick { readers.detach(reader) } else { readers.pull(from: reader) }
        _ = hasLeft()
    }

    /// Whether the card was in the reader, and is no longer: its faults have gone with it.
    func hasLeft() -> Bool {
        let isInserted = isInserted
        return state.withLock { state in
            let hasLeft = state.wasInserted && !isInserted
            if hasLeft { (state.faults, state.wasInserted) = (.none, false) }
            return hasLeft
        }
    }

    /// Lets something go wrong from now on, or from the next insertion on.
    func plan(_ plan: FaultPlan) {
        state.withLock { ($0.faults, $0.last, $0.struck) = (plan, plan, []) }
        // Pulled meanwhile, it has the plan at the next insertion.
        try? readers.plan(plan, in: reader)
    }

    /// Takes reader and card away for ever.
    func remove() { readers.detach(reader) }
}
