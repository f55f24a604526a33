public import ArgumentParser
public import Emulation

/// `tessera emulate faults`: what the driver makes of everything that can go wrong with a card.
struct EmulateFaults: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults", abstract: "Let everything go wrong with an emulated card, and see what the driver makes of it.",
        discussion: """
            A card logs its holder in and signs a payment, again and again; each time one
            thing goes wrong at one command, and the table says what came of it. A run is
            surprising when the failure is not a classified one that fits, when the PIN has
            other tries left than the VERIFYs explain, when a signature was made and the
            driver denies it, or when the card put back does not sign. Such a run prints
            the line that repeats it, and the program ends with 1. Nothing is really waited
            for. A fault that met no command of a flow is told: "never". On a terminal,
            standard error says how far it is.

            A fault is WHAT before|after WHEN; several are separated by "; ".
              WHAT  pull, power loss, reset, other program resets, other program selects,
                    garbage, empty answer, status 6F00, delay 1000 ms, stuck,
                    truncated answer, over-long answer, endless 61xx,
                    endless 61xx with data, endless 6Cxx, huge length, deep nesting,
                    other content
              WHEN  APDU 3, VERIFY 1, INS CB 2, chance 0.1 seed 7; for pull and power loss
                    also write 2, in the midst of a command

            Examples:
              tessera emulate faults
              tessera emulate faults --application pkcs15 --flow signature
              tessera emulate faults --fault "power loss after VERIFY 1"
              tessera emulate faults --seed 7 --json
            """)

    @Option(name: .customLong("application"), help: "What the card has: piv, pkcs15, ias-classic or classic-v3 (default: piv).")
    var chosen: EmulateSmartcard.Application?
    @Option(help: "The keys: rsa2048, rsa3072, p256 or p384 (default: the quickest that such cards have).")
    var keys: CardKeyKind?
    @Option(help: "What the card does: login, signature or typo (a wrong PIN first); otherwise all.")
    var flow: FaultFlow?
    @Option(help: "Only this.")
    var fault: FaultPlan?
    @Option(help: "Faults by chance with this seed, instead of one at each command.")
    var seed: UInt64?
    @OptionGroup var output: OutputOptions

    private var application: EmulatedApplication { chosen?.application ?? .piv }
    private var keyKind: CardKeyKind { keys ?? (application.takes(.p256, .oseid) ? .p256 : .rsa2048) }

    func validate() throws {
        guard application.takes(keyKind, .oseid) else {
            throw ValidationError("a card of \(application.rawValue) has keys of rsa2048, not \(keyKind.rawValue)")
        }
        guard fault == nil || seed == nil else { throw ValidationError("--fault and --seed exclude each other.") }
    }

    func run() async throws {
        let progress = ProgressLine()
        defer { progress.end() }
        progress.draw("making a card of \(application.rawValue) ...")
        let bench = try FaultBench(application, keys: keyKind, seed: seed ?? 1)
        var report = FaultReport(application: application, keys: keys, areChosen: fault != nil)
        flows: for flow in flow.map({ [$0] }) ?? FaultFlow.allCases {
            let whole = try await bench.run(flow, .none)
            report.runs.append(whole)
            // A driver that is at it still takes the machine from all others.
            if whole.outcome == .late { break }
            guard whole.problems.isEmpty else { continue }
            report.wholes[flow] = whole.commands
            let plans = fault.map { [$0] } ?? seed.map(FaultTable.plans(seed:)) ?? FaultTable.plans(for: whole.commands)
            for (number, plan) in plans.enumerated() {
                try Task.checkCancellation()
                progress.draw("\(flow.rawValue), \(number + 1) of \(plans.count): \(plan)")
                let run = try await bench.run(flow, plan)
                report.runs.append(run)
                if run.outcome == .late { break flows }
            }
        }
        progress.end()
        try output.print(report) { report.text }
        if let first = report.surprises.first {
            throw Failure(
                "\(report.surprises.count) of \(report.runs.count) runs are surprising",
                hint: "repeat the first one: \(report.line(for: first))",
                exit: .refused)
        }
    }
}

extension FaultPlan: ExpressibleByArgument {}
