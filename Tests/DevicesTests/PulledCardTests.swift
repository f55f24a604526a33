import CardApplications
import DeviceProtocol
import Emulation
import ISO7816
import TestSupport
import Testing

/// The card is pulled before and after every single command of a login and of a payment.
@Suite struct PulledCardTests {
    /// More commands than a login or payment takes.
    private static let commands = 1...24

    @Test(arguments: Ask.allCases)
    func `whenever the card is pulled, the outcome is a known one and no try is lost`(request: Ask) async throws {
        var outcomes: Set<DeviceError.Code> = []
        var finished = 0
        for number in Self.commands {
            for fault in [FaultPlan.pullBefore(number), .pullAfter(number)] {
                let bench = try await CardBench(tries: 3)
                try bench.insert(fault)
                switch try await bench.respond(to: request, with: ScriptedHolder(pins: ["123456"])) {
                case .success: finished += 1
                case .failure(let error):
                    outcomes.insert(error.code)
                    #expect([.removed, .indeterminate].contains(error.code), "\(fault): \(error)")
                }
                // A right PIN whose answer was lost was right all the same.
                #expect(try await bench.pinState() == .triesLeft(3), "\(fault)")
            }
        }
        #expect(outcomes == [.removed, .indeterminate])
        #expect(finished > 0, "the range covers more commands than there are")
    }

    @Test func `when the answer to a wrong PIN is lost, the error says that a try may be gone`() async throws {
        var told = 0
        for number in Self.commands {
            let bench = try await CardBench(tries: 3)
            try bench.insert(.pullAfter(number))
            let result = try await bench.respond(to: Ask.login, with: ScriptedHolder(pins: ["000000"]))
            guard case .failure(let error) = result, error.code == .removed, try await bench.pinState() == .triesLeft(2) else { continue }
            #expect(error.description.contains("try may have been spent"))
            told += 1
        }
        #expect(told == 1)
    }
}
