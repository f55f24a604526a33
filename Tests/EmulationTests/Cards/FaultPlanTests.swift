import Testing

@testable import Emulation

@Suite struct FaultPlanTests {
    @Test(
        arguments: [
            (.none, "none"), (.pullBefore(1), "pull before APDU 1"), (.pullAfter(3), "pull after APDU 3"),
            (.pullAfter(1000), "pull after APDU 1000"),
        ]
            as [(FaultPlan, String)])
    func `a plan is one line that makes the plan again`(plan: FaultPlan, line: String) {
        #expect(plan.description == line)
        #expect(FaultPlan(line) == plan)
    }

    @Test(
        arguments: [
            "", "None", "pull", "pull before", "pull before APDU", "pull before APDU 0", "pull after APDU -1", "pull after APDU x",
            "pull during APDU 1", "push before APDU 1", "pull before APDU 1 2", "pull before card 1",
            "pull before APDU 99999999999999999999",
        ])
    func `any other line is no plan`(line: String) { #expect(FaultPlan(line) == nil) }
}
