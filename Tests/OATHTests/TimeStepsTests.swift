import Foundation
import OATH
import Testing

@Suite struct TimeStepsTests {
    @Test func `time is counted from the epoch of Unix unless another is given`() throws {
        let steps = try TimeSteps(of: .seconds(30))
        #expect(steps.epoch == Date(timeIntervalSince1970: 0))
        #expect(steps == (try TimeSteps(of: .seconds(30), since: TimeSteps.unixEpoch)))
        #expect(steps != (try TimeSteps(of: .seconds(60))))
        #expect(steps != (try TimeSteps(of: .seconds(30), since: Date(timeIntervalSince1970: 1))))
    }

    @Test(arguments: [1, 30, 60, 3600] as [Int])
    func `the count never falls and never skips while time goes on`(length: Int) throws {
        let steps = try TimeSteps(of: .seconds(length))
        var last: UInt64 = 0
        for tenths in stride(from: 0, through: 50 * length, by: max(1, length / 3)) {
            let step = try steps.step(at: Date(timeIntervalSince1970: Double(tenths) / 10))
            #expect(step == last || step == last + 1)
            last = step
        }
        #expect(last == 5)
    }

    @Test func `an epoch before Unix's, and fractions of a second in it, are counted from`() throws {
        let epoch = Date(timeIntervalSince1970: -1000.5)
        let steps = try TimeSteps(of: .seconds(10), since: epoch)
        #expect(try steps.step(at: epoch) == 0)
        #expect(try steps.step(at: Date(timeIntervalSince1970: -990.75)) == 0)
        #expect(try steps.step(at: Date(timeIntervalSince1970: -990.5)) == 1)
        #expect(try steps.step(at: Date(timeIntervalSince1970: 0)) == 100)
        #expect(throws: OATHError.timeOutOfRange(secondsSinceEpoch: -0.5)) { try steps.step(at: Date(timeIntervalSince1970: -1001)) }
    }
}
