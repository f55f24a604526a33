import Emulation
import ISO7816
import TestSupport
import Testing

@testable import tessera

/// Every fault at every command of every flow, before an unsuspecting driver: no run may be surprising.
///
/// Whole under `make prove`; otherwise a seeded sample of each flow, and all that happens to VERIFY and to the signature.
@Suite(.timeLimit(.minutes(20))) struct FaultTableTests {
    @Test(arguments: [EmulatedApplication.piv, .pkcs15, .iasClassic])
    func `whatever goes wrong, the failure is a classified one, and the PIN has the tries that the VERIFYs explain`(
        application: EmulatedApplication
    ) async throws {
        let bench = try FaultBench(application, keys: application.takes(.p256, .oseid) ? .p256 : .rsa2048)
        var outcomes: [String: Int] = [:]
        for flow in FaultFlow.allCases {
            let whole = try await bench.run(flow, .none)
            try #require(whole.outcome == .signed && whole.problems.isEmpty)
            let plans = FaultTable.plans(for: whole.commands)
            // Each command with each effect before and after it, and both ends of each write.
            let writes = flow == .typo ? 3 : 2
            #expect(plans.count == whole.commands.count * FaultTable.effects.count * 2 + writes * 4)
            let near = Set(whole.commands.filter { $0.bringsPIN || $0.asksForSignature }.map { Fault.Occasion.command($0.number) })
            let matters = plans.filter { $0.faults.contains { near.contains($0.occasion) || "\($0.occasion)".hasPrefix("write") } }
            let rest = plans.filter { !matters.contains($0) }
            for plan in matters + Proof.cases(rest, sample: 60) {
                let run = try await bench.run(flow, plan)
                #expect(run.problems.isEmpty, "tessera emulate faults --application \(application) --flow \(flow) --fault \"\(plan)\"")
                outcomes[run.outcome.word, default: 0] += 1
            }
        }
        // It would be no test if nothing went wrong, or everything.
        for word in ["signed", "removed", "indeterminate", "stuck", "malformedAnswer"] {
            #expect(outcomes[word, default: 0] > 0, "\(word)")
        }
        print(
            "faults: \(application.rawValue) \(outcomes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))"
        )
    }

    @Test(arguments: Proof.cases(UInt64(0)..<200, sample: 10))
    func `what happens by chance surprises nobody either`(seed: UInt64) async throws {
        let bench = try FaultBench(.piv, keys: .p256)
        for plan in FaultTable.plans(seed: seed) {
            let run = try await bench.run(.typo, plan)
            #expect(run.problems.isEmpty, "tessera emulate faults --application piv --flow typo --fault \"\(plan)\"")
        }
    }

    /// So that `APDU n` is the same command in the process that repeats a run, whose card has other keys.
    @Test(arguments: [EmulatedApplication.piv, .pkcs15, .iasClassic])
    func `two cards with other keys are read and used with the same commands`(application: EmulatedApplication) async throws {
        let keys: CardKeyKind = application.takes(.p256, .oseid) ? .p256 : .rsa2048
        let benches = [try FaultBench(application, keys: keys), try FaultBench(application, keys: keys)]
        for flow in FaultFlow.allCases {
            var seen: [[String]] = []
            for bench in benches {
                let commands = try await bench.run(flow, .none).commands
                seen.append(commands.map { "\($0.header.hexadecimal) \($0.bodyLength) \($0.writes)" })
            }
            #expect(seen[0] == seen[1] && seen[0].count > 3, "\(flow)")
        }
    }

    @Test func `two runs with one plan are the same run`() async throws {
        let bench = try FaultBench(.piv, keys: .p256)
        for line in ["garbage after VERIFY 2", "power loss after write 1", "status 6F00 after chance 0.3 seed 5"] {
            let plan = try #require(FaultPlan(line))
            let (one, other) = (try await bench.run(.signature, plan), try await bench.run(.signature, plan))
            #expect(one.outcome == other.outcome, "\(line)")
            #expect(one.commands == other.commands, "\(line)")
        }
    }
}
