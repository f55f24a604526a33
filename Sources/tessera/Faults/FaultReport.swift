import CardTrace
import Emulation

/// The runs of `tessera emulate faults`, as they are printed.
struct FaultReport: Encodable {
    let application: EmulatedApplication
    /// As they were asked for; `nil` for those that go without saying.
    let keys: CardKeyKind?
    /// Whether the faults are those that the person named; otherwise they are all that there are.
    var areChosen = false
    /// The commands of each flow when nothing goes wrong.
    var wholes: [FaultFlow: [CommandRecord]] = [:]
    var runs: [FaultRun] = []

    var surprises: [FaultRun] { runs.filter { !$0.problems.isEmpty } }

    /// The faults that struck no command of some flow, with those flows; what happens by chance may as well not happen.
    var missed: [Missed] {
        var missed: [Missed] = []
        for run in runs {
            for fault in run.missed where !fault.isByChance {
                if let known = missed.firstIndex(where: { $0.fault == fault.description }) {
                    missed[known].flows.append(run.flow)
                } else {
                    missed.append(Missed(fault: fault.description, flows: [run.flow]))
                }
            }
        }
        return missed
    }

    /// A fault that struck no command, and where.
    struct Missed: Encodable, Equatable {
        let fault: String
        var flows: [FaultFlow]
    }

    /// The one line that repeats a run.
    func line(for run: FaultRun) -> String {
        let keys = keys.map { " --keys \($0.rawValue)" } ?? ""
        return "tessera emulate faults --application \(application.rawValue)\(keys) --flow \(run.flow.rawValue) --fault \"\(run.plan)\""
    }

    /// The table, what of it is surprising, and how often each outcome was.
    var text: String {
        var table = Table(header: ["Flow", "Fault", "Command", "Outcome", "Tries"], numbers: [4])
        for run in runs {
            table.rows.append([
                run.flow.rawValue, run.plan.description, command(of: run), run.outcome.word, run.triesLeft.map(String.init) ?? "?",
            ])
        }
        let counts = Dictionary(grouping: runs, by: \.outcome.word).mapValues(\.count).sorted { $0.key < $1.key }
        let summary = "\(runs.count) runs: " + counts.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        let surprises = surprises.flatMap { run in run.problems.map { "surprising: \($0.printable)" } + ["  \(line(for: run))"] }
        // Of all the faults there are, some come behind the last command, and their rows say so.
        let missed = (areChosen ? missed : []).map { "never struck: \($0.fault) (\($0.flows.map(\.rawValue).joined(separator: ", ")))" }
        return ([table.text, ""] + missed + surprises + [summary]).joined(separator: "\n")
    }

    /// The name of the command that the first fault struck.
    private func command(of run: FaultRun) -> String {
        guard let struck = run.commands.first(where: { !$0.faults.isEmpty }) else { return run.plan == .none ? "" : "never" }
        return "\(struck.number) \(CommandName.of(struck.header) ?? "")"
    }

    private enum Key: String, CodingKey {
        case application, commands, runs, missed, surprises
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(application.rawValue, forKey: .application)
        let names = wholes.map { ($0.key.rawValue, $0.value.map { CommandName.of($0.header) ?? "unknown" }) }
        try container.encode(Dictionary(uniqueKeysWithValues: names), forKey: .commands)
        try container.encode(runs, forKey: .runs)
        try container.encode(missed, forKey: .missed)
        try container.encode(surprises.map(line(for:)), forKey: .surprises)
    }
}

extension Fault {
    /// Whether nobody says at which command it happens.
    fileprivate var isByChance: Bool { if case .chance = occasion { true } else { false } }
}
