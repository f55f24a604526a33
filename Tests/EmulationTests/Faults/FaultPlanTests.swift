import ISO7816
import Testing

@testable import Emulation

@Suite struct FaultPlanTests {
    private static let effects: [Fault.Effect] =
        [
            .pull, .powerLoss, .reset, .foreignReset, .foreignSelection, .garbage, .emptyAnswer, .status(StatusWord(rawValue: 0x6F00)),
            .status(.success), .delay(0), .delay(2500), .stuck,
        ] + CardLie.allCases.map { .lie($0) }
    private static let occasions: [Fault.Occasion] = [
        .command(1), .command(1000), .instruction(0x20, 1), .instruction(0x87, 2), .instruction(0xCB, 3), .instruction(0x00, 4),
        .write(1), .chance(0.05, seed: 7), .chance(1, seed: .max),
    ]

    @Test func `every fault is one line that makes the fault again, and all of them are one plan`() throws {
        var faults: [Fault] = []
        for effect in Self.effects {
            for occasion in Self.occasions {
                for moment in Fault.Moment.allCases {
                    if let fault = Fault(effect, moment, occasion) { faults.append(fault) }
                }
            }
        }
        for fault in faults { #expect(Fault(fault.description) == fault, "\(fault)") }
        #expect(Set(faults.map(\.description)).count == faults.count)
        // All but those that do not happen at a write.
        #expect(faults.count == Self.effects.count * (Self.occasions.count - 1) * 2 + 4)
        let plan = FaultPlan(faults)
        #expect(FaultPlan(plan.description) == plan)
    }

    @Test(
        arguments: [
            (.none, "none"), (.pullBefore(1), "pull before APDU 1"), (.pullAfter(3), "pull after APDU 3"),
            (FaultPlan([Fault(unchecked: .powerLoss, .after, .write(2))]), "power loss after write 2"),
            (FaultPlan([Fault(unchecked: .garbage, .after, .instruction(0x20, 1))]), "garbage after VERIFY 1"),
            (FaultPlan([Fault(unchecked: .status(.fileNotFound), .before, .instruction(0xCB, 2))]), "status 6A82 before INS CB 2"),
            (FaultPlan([Fault(unchecked: .delay(250), .before, .chance(0.5, seed: 9))]), "delay 250 ms before chance 0.5 seed 9"),
            (
                FaultPlan([
                    Fault(unchecked: .foreignReset, .before, .command(2)), Fault(unchecked: .lie(.endlessMore), .after, .command(3)),
                ]), "other program resets before APDU 2; endless 61xx after APDU 3"
            ),
        ] as [(FaultPlan, String)])
    func `a plan reads as it was written down`(plan: FaultPlan, line: String) {
        #expect(plan.description == line)
        #expect(FaultPlan(line) == plan)
    }

    @Test func `an instruction has a name and a number`() { #expect(Fault("pull before INS 20 1") == Fault("pull before VERIFY 1")) }

    @Test(
        arguments: [
            "", "None", "pull", "pull before", "pull before APDU", "pull before APDU 0", "pull after APDU -1", "pull after APDU x",
            "pull during APDU 1", "push before APDU 1", "pull before APDU 1 2", "pull before card 1", "pull before APDU +1",
            "pull before APDU 99999999999999999999", "pull  before APDU 1", "pull before APDU 1;", "pull before APDU 1; ",
            "none; pull before APDU 1", "pull before after APDU 1", "garbage before write 1", "reset after write 1",
            "power loss before write 0",
            "status before APDU 1", "status 6F0 before APDU 1", "status +F00 before APDU 1", "delay before APDU 1",
            "delay 5 s before APDU 1",
            "delay -1 ms before APDU 1", "delay 600001 ms before APDU 1", "pull before INS 2 1", "pull before INS 2x 1",
            "pull before VERIFY",
            "pull before chance 1.5 seed 1", "pull before chance -0.1 seed 1", "pull before chance nan seed 1", "pull before chance 0.5",
            "pull before chance 0.5 seed -1", "pull before verify 1",
        ])
    func `any other line is no plan`(line: String) { #expect(FaultPlan(line) == nil) }
}
