/// Carries a ``FaultPlan`` out, for whoever moves commands to a card: counts them, and says what hits each.
///
/// A value without clock or thread: the slot asks ``strike(_:)``, waits as long as it says, lets the command run, waits
/// again, and does with its ``FaultedCommand/Ending`` what a slot of its kind can.
struct FaultInjector: Sendable {
    private let plan: FaultPlan
    private var commands = 0
    private var instructions: [UInt8: Int] = [:]
    /// One for each fault of the plan that happens by chance.
    private var dice: [Int: SeededNumbers] = [:]
    /// What happened after a command, and shows at the next one.
    private var between: [Fault] = []

    init(_ plan: FaultPlan) {
        self.plan = plan
        for (index, fault) in plan.faults.enumerated() {
            if case .chance(_, let seed) = fault.occasion { dice[index] = SeededNumbers(seed: seed) }
        }
    }

    /// Tells the card's memory where power is lost; to be called when the card is inserted.
    func arm(_ card: VirtualCard) {
        var cuts: [Int: Fault.Moment] = [:]
        for case (let moment, .write(let number)) in plan.faults.map({ ($0.moment, $0.occasion) }) { cuts[number] = cuts[number] ?? moment }
        card.memory.losePower(at: cuts)
    }

    /// What hits a command that arrives now.
    mutating func strike(_ command: [UInt8]) -> FaultedCommand {
        commands += 1
        let instruction = command.count > 1 ? command[1] : nil
        if let instruction { instructions[instruction, default: 0] += 1 }
        var before = between
        var after: [Fault] = []
        between = []
        for (index, fault) in plan.faults.enumerated() where happens(fault, index, instruction) {
            switch fault.moment {
            case .before: before.append(fault)
            case .after: if fault.isInBetween { between.append(fault) } else { after.append(fault) }
            }
        }
        return FaultedCommand(command: command, number: commands, before: before, after: after, plan: plan)
    }

    /// A program opens the card: what others did before is none of its business.
    mutating func beginSession() { between.removeAll { $0.effect == .foreignReset } }

    private mutating func happens(_ fault: Fault, _ index: Int, _ instruction: UInt8?) -> Bool {
        switch fault.occasion {
        case .command(let number): return number == commands
        case .instruction(let wanted, let number): return wanted == instruction && instructions[wanted] == number
        case .write: return false
        case .chance(let probability, _):
            return dice[index].map { Double.random(in: 0..<1, using: &dice[index, default: $0]) < probability } ?? false
        }
    }
}
