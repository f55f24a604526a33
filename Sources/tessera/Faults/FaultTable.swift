import Emulation
import ISO7816

/// Every fault at every command of a flow, in order.
struct FaultTable {
    /// What there is to go wrong at each command; a delay shorter than the deadline, and being stuck.
    static let effects: [Fault.Effect] =
        [
            .pull, .powerLoss, .reset, .foreignReset, .foreignSelection, .garbage, .emptyAnswer, .status(StatusWord(rawValue: 0x6F00)),
            .delay(1000), .stuck,
        ] + CardLie.allCases.map { .lie($0) }

    /// The plans for a flow whose undisturbed run is known.
    static func plans(for commands: [CommandRecord]) -> [FaultPlan] {
        let occasions = commands.map { Fault.Occasion.command($0.number) }
        let writes = commands.reduce(0) { $0 + $1.writes }
        return plans(effects, occasions) + plans([.pull, .powerLoss], (0..<writes).map { .write($0 + 1) })
    }

    /// Plans by chance: each effect, so often that most runs meet it once or twice.
    static func plans(seed: UInt64) -> [FaultPlan] { plans(effects, [.chance(0.1, seed: seed)]) }

    private static func plans(_ effects: [Fault.Effect], _ occasions: [Fault.Occasion]) -> [FaultPlan] {
        occasions.flatMap { occasion in
            effects.flatMap { effect in
                Fault.Moment.allCases.compactMap { moment in Fault(effect, moment, occasion).map { FaultPlan([$0]) } }
            }
        }
    }
}
