import Crypto
import DeviceProtocol
import Foundation
import OATH
import TestSupport
import Testing
import Verification

/// The bank's clock and a Token's, each with a life of its own; a model in the test knows which codes are spent.
struct TwoClocksTests {
    private static let product = ProductProfile.ID(rawValue: "long")
    private static let step: TimeInterval = 30

    /// A bank with a Token whose codes have ten digits, so that none comes back by chance.
    private struct Bench {
        let bank: TestBank
        let token: DeviceID
        let totp: TOTP
        /// The true time.
        var truth = TestBank.start
        /// How many steps the Token's clock is ahead.
        var drift: Int64 = 0
        /// The steps whose codes were accepted, the latest last; the model.
        var accepted: [UInt64] = []

        init() async throws {
            let parameters = TimedCodeParameters(digits: 10, step: .seconds(30), algorithm: .sha256)
            let profile = ProductProfile(id: product, kind: .token, method: .timedCode(parameters), failureLimit: 5)
            bank = try TestBank { $0.products.append(profile) }
            token = try DeviceID("T-1")
            let seed = SymmetricKey(data: Array("12345678901234567890123456789012".utf8))
            totp = try TOTP(key: seed, digits: 10, algorithm: .sha256)
            try await bank.enrolments.enrol(
                token, as: product, for: bank.alice, with: .seed(seed), id: bank.enrolmentID(), isEmulated: true)
        }

        /// The step that the Token is at.
        var place: UInt64 { get throws { UInt64(clamping: Int64(try totp.step(at: truth)) + drift) } }

        /// Sets the bank's clock, forwards or backwards.
        func setClock(to time: Date) { bank.clock.advance(by: time.timeIntervalSince(bank.clock.now)) }

        /// Gives a code of a step; the bank re-activates a Token that was blocked.
        mutating func give(_ place: UInt64) async throws {
            if try await bank.enrolment(of: token).state == .blocked { try await bank.enrolments.resume(token) }
            let operation = try await bank.begin(.login(), with: token)
            let outcome = try await bank.operations.submit(.code(totp.code(step: place)), to: operation.id)
            guard case .succeeded = outcome else {
                #expect(outcome == .refused)
                return
            }
            #expect(accepted.last.map { place > $0 } ?? true, "step \(place) after \(accepted.suffix(1))")
            let away = Int64(place) - Int64(try totp.step(at: bank.clock.now))
            #expect(abs(away) <= TimedCode.driftLimit)
            accepted.append(place)
        }

        /// Whether two codes of steps bring the Token back.
        mutating func resynchronise(_ first: UInt64, _ second: UInt64) async throws -> Bool {
            if try await bank.enrolment(of: token).state == .blocked { try await bank.enrolments.resume(token) }
            do throws(VerificationError) {
                try await bank.enrolments.resynchronise(token, with: totp.code(step: first), totp.code(step: second))
            } catch {
                #expect(error == .notResynchronised(token))
                return false
            }
            #expect(second == first + 1 && (accepted.last.map { first > $0 } ?? true), "steps \(first), \(second)")
            accepted.append(second)
            return true
        }
    }

    @Test(arguments: Proof.cases(0..<1000 as Range<UInt64>, sample: 25))
    func `clocks that jump, drift by up to ten steps or run backwards: no old code is accepted, and two codes bring the Token back`(
        _ seed: UInt64
    ) async throws {
        var generator = SeededGenerator(seed: seed)
        var bench = try await Bench()
        var shown: [UInt64] = []
        for _ in 0..<30 {
            bench.truth += Double(Int.random(in: 1...900, using: &generator))
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: bench.setClock(to: bench.truth + Double(Int.random(in: -86_400...86_400, using: &generator)))
            case 1: bench.setClock(to: bench.bank.clock.now - Double(Int.random(in: 1...3600, using: &generator)))
            case 2: bench.setClock(to: bench.truth - Double(Int.random(in: 0...300, using: &generator)))
            case 3: bench.drift = Int64.random(in: -10...10, using: &generator)
            case 4: bench.drift = max(-10, min(10, bench.drift + Int64.random(in: -2...2, using: &generator)))
            default: bench.setClock(to: bench.truth)
            }
            let place = try bench.place
            shown.append(place)
            try await bench.give(place)
            // Whoever has seen all codes so far comes with one of them, or with two, whatever the clocks say.
            let old = try #require(shown.randomElement(using: &generator))
            try await bench.give(old)
            if let last = bench.accepted.last, old <= last, Int.random(in: 0..<4, using: &generator) == 0 {
                #expect(try await !bench.resynchronise(old, old + 1))
            }
        }
        // The bank's clock is right again. The Token shows two codes that are not spent: it waits until there are some.
        while let last = bench.accepted.last, try bench.place - 1 <= last { bench.truth += Self.step }
        bench.setClock(to: bench.truth)
        let place = try bench.place
        #expect(try await bench.resynchronise(place - 1, place), "drift \(bench.drift)")
        #expect(try await !bench.resynchronise(place - 1, place))
        for old in Set(bench.accepted + shown) where old <= place { try await bench.give(old) }
        #expect(bench.accepted.last == place)
        try await bench.bank.enrolments.resume(bench.token)
        // Whoever re-activates it forgets its drift: two codes tell it again.
        bench.truth += 3 * Self.step
        bench.setClock(to: bench.truth)
        let next = try bench.place
        #expect(try await bench.resynchronise(next - 1, next))
        bench.truth += 2 * Self.step
        bench.setClock(to: bench.truth)
        let count = bench.accepted.count
        try await bench.give(bench.place)
        #expect(bench.accepted.count == count + 1)
    }

    @Test(arguments: [-10, 10] as [Int64])
    func `a Token that jumps by ten steps more than it was off is beyond reach, and is told apart from nothing`(_ drift: Int64) async throws
    {
        var bench = try await Bench()
        bench.drift = drift
        let place = try bench.place
        #expect(try await bench.resynchronise(place - 1, place))
        bench.drift = 2 * drift
        bench.truth += 40 * Self.step
        bench.setClock(to: bench.truth)
        let far = try bench.place
        #expect(try await !bench.resynchronise(far - 1, far))
        #expect(try await bench.bank.enrolment(of: bench.token).failures == 1)
    }
}
