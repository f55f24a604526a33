import DeviceProtocol
import Foundation
import Testing

@testable import Bridge

/// What logins presented, as long as it can be given to an attached device.
@Suite struct LoginAttemptsTests {
    private let attempts = LoginAttempts()
    private let start = Date(timeIntervalSince1970: 1_800_000_000)

    private func id(_ number: Int) throws -> ChallengeID {
        try ChallengeID(Array(repeating: 7, count: 14) + [UInt8(number >> 8), UInt8(number & 0xFF)])
    }

    @Test func `no more than ten thousand are kept, and the oldest makes room`() throws {
        for number in 0...10_000 { attempts.keep(.nothing, of: try id(number), at: start) }
        let (oldest, second, last) = (try id(0), try id(1), try id(10_000))
        #expect(attempts.take(oldest, at: start) == nil)
        #expect(attempts.take(second, at: start) != nil)
        #expect(attempts.take(last, at: start) != nil)
    }

    @Test func `what was presented can be given for two minutes`() throws {
        let (early, late) = (try id(0), try id(1))
        for one in [early, late] { attempts.keep(.nothing, of: one, at: start) }
        #expect(attempts.take(early, at: start.addingTimeInterval(119.9)) != nil)
        #expect(attempts.take(late, at: start.addingTimeInterval(120)) == nil)
    }

    @Test func `it is given once, and once more where it was put back`() throws {
        let one = try id(0)
        attempts.keep(.sealed("SC1:"), of: one, at: start)
        let kept = try #require(attempts.take(one, at: start))
        #expect(kept.presentation.form == .sealed)
        #expect(attempts.take(one, at: start) == nil)
        attempts.putBack(kept, of: one)
        #expect(attempts.take(one, at: start) != nil)
        #expect(attempts.take(one, at: start) == nil)
    }
}
