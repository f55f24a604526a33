internal import ISO7816

/// A command on its way to a card, and what goes wrong with it.
struct FaultedCommand: Sendable {
    /// What the host gets.
    enum Ending: Equatable, Sendable {
        /// These bytes.
        case answer([UInt8])
        /// No bytes at all.
        case nothing(Fault)
        /// The card is out.
        case pulled(Fault)
        /// The card has no power, and the answer never left.
        case unpowered(Fault)
        /// The command never ran, since another program has reset the card.
        case foreignReset(Fault)
    }

    let command: [UInt8]
    /// Counted from 1, from the insertion on.
    let number: Int
    let before: [Fault]
    let after: [Fault]
    let plan: FaultPlan

    /// How long the command waits for the card.
    var pauseBefore: FaultPause? { Self.pause(before) }
    /// How long the answer waits for the host.
    var pauseAfter: FaultPause? { Self.pause(after) }

    /// Runs the command, as far as it runs.
    ///
    /// - Parameter tellsResets: whether the slot can say that another program has reset the card.
    /// - Returns: what the host gets, and what the card has seen.
    func run(on card: VirtualCard, tellsResets: Bool = true) -> (ending: Ending, record: CommandRecord) {
        if let ending = prepare(card, tellsResets: tellsResets) { return (ending, record(hasRun: false, ending)) }
        let writes = card.memory.lastingWrites
        let truth = card.process(command)
        let made = card.memory.lastingWrites - writes
        if let (write, moment) = card.memory.powerLoss {
            let planned = plan.faults.first { $0.occasion == .write(write) && $0.moment == moment }
            let fault = planned ?? Fault(unchecked: .powerLoss, moment, .write(write))
            let ending = fault.effect == .pull ? Ending.pulled(fault) : .unpowered(fault)
            return (ending, record(hasRun: true, writes: made, ending, more: [fault]))
        }
        var ending: Ending?
        for fault in after where ending == nil { ending = self.ending(of: fault, on: card, insteadOf: truth) }
        let outcome = ending ?? .answer(truth)
        // A reader that is stuck hands nothing on.
        return (outcome, record(hasRun: true, writes: made, status: Self.status(of: truth), pauseAfter == .untilTheEnd ? nil : outcome))
    }

    /// Does what happens before the command; what the host gets when it does not run at all.
    private func prepare(_ card: VirtualCard, tellsResets: Bool) -> Ending? {
        for fault in before {
            switch fault.effect {
            case .reset: card.reset()
            case .foreignReset:
                card.reset()
                if tellsResets { return .foreignReset(fault) }
            case .foreignSelection: card.selectElsewhere()
            default: if let ending = ending(of: fault, on: card, insteadOf: Self.nothingInParticular) { return ending }
            }
        }
        return nil
    }

    /// What the card has seen of a command that it was never given to run.
    var unrun: CommandRecord { record(hasRun: false) }

    private func record(
        hasRun: Bool, writes: Int = 0, status: StatusWord? = nil, _ ending: Ending? = nil, more: [Fault] = []
    ) -> CommandRecord {
        var told: StatusWord?
        if case .answer(let bytes)? = ending { told = Self.status(of: bytes) }
        return CommandRecord(
            number: number, header: Array(command.prefix(4)), bodyLength: max(0, command.count - 4), hasRun: hasRun, writes: writes,
            status: status, told: told, faults: before + after + more)
    }

    private static func status(of answer: [UInt8]) -> StatusWord? {
        answer.count >= 2 ? StatusWord(answer[answer.count - 2], answer[answer.count - 1]) : nil
    }

    /// What the host gets by a fault; `nil` when that fault only takes time.
    private func ending(of fault: Fault, on card: VirtualCard, insteadOf truth: [UInt8]) -> Ending? {
        switch fault.effect {
        case .pull: return .pulled(fault)
        case .powerLoss:
            card.powerOff()
            return .unpowered(fault)
        case .garbage:
            var numbers = SeededNumbers(seed: UInt64(number))
            // From the end, so that the status word is the same however long the answer is: signatures differ in that.
            return .answer((0..<truth.count).map { _ in UInt8.random(in: 0...255, using: &numbers) }.reversed())
        case .emptyAnswer: return .nothing(fault)
        case .status(let status): return .answer(status.bytes)
        case .lie(let lie): return .answer(lie.answer(insteadOf: truth))
        case .delay, .stuck, .reset, .foreignReset, .foreignSelection: return nil
        }
    }

    /// What a command that did not run would have answered.
    private static let nothingInParticular = [UInt8](repeating: 0, count: 256) + StatusWord.success.bytes

    private static func pause(_ faults: [Fault]) -> FaultPause? {
        let pauses = faults.compactMap(\.pause)
        if pauses.contains(.untilTheEnd) { return .untilTheEnd }
        let total = pauses.reduce(0) { if case .milliseconds(let more) = $1 { $0 + more } else { $0 } }
        return pauses.isEmpty ? nil : .milliseconds(total)
    }
}
