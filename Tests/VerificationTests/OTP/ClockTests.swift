import Crypto
import DeviceProtocol
import Foundation
import OATH
import TestSupport
import Testing

@testable import Verification

/// A clock that jumps, drifts or runs backwards: it is found again, and an old code is never accepted.
struct ClockTests {
    // Ten digits, so that no code comes back by chance.
    private static let parameters = TimedCodeParameters(digits: 10, step: .seconds(30), algorithm: .sha256)
    private static let key = SymmetricKey(data: Array("12345678901234567890123456789012".utf8))

    /// A device whose clock is off by whole steps.
    private struct Clockwork {
        var offset: Int64 = 0
        let totp: TOTP

        init() throws { totp = try TOTP(key: key, digits: 10, algorithm: .sha256) }

        func step(at time: Date) throws -> UInt64 { UInt64(clamping: Int64(try totp.step(at: time)) + offset) }

        /// The code that it shows now, or some steps before.
        func code(at time: Date, before: UInt64 = 0) throws -> String { totp.code(step: try step(at: time) - before) }
    }

    @Test(arguments: Proof.cases(0..<2000 as Range<UInt64>, sample: 60))
    func `jumps, drifts and runs backwards by chance: never an old code, and always found again`(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var state = TimedCode(key: KeyMaterial(Self.key))
        var device = try Clockwork()
        var truth = Date(timeIntervalSince1970: 1_800_000_000)
        var ours = truth
        var shown: [(code: String, step: UInt64)] = []
        var spent: UInt64?
        func take(_ next: TimedCode?) {
            guard let next else { return }
            #expect(spent.map { (next.lastStep ?? 0) > $0 } ?? true, "an accepted step is later than all before")
            #expect(abs(next.drift) <= TimedCode.driftLimit)
            spent = next.lastStep
            state = next
        }
        for _ in 0..<60 {
            truth += Double(Int.random(in: 1...600, using: &generator))
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: ours = truth + Double(Int.random(in: -86_400...86_400, using: &generator))
            case 1: ours -= Double(Int.random(in: 1...3600, using: &generator))
            case 2: device.offset = max(-10, min(10, device.offset + Int64.random(in: -2...2, using: &generator)))
            default: ours = truth
            }
            let code = try device.code(at: truth)
            shown.append((code, try device.step(at: truth)))
            take(state.accepting(code, at: ours, as: Self.parameters))
            // Whoever has seen all codes so far comes with one of them, whatever our clock says.
            let old = try #require(shown.randomElement(using: &generator))
            if let spent, old.step <= spent {
                #expect(state.accepting(old.code, at: ours, as: Self.parameters) == nil)
                #expect(state.resynchronised(by: old.code, code, at: ours, as: Self.parameters) == nil)
            }
        }
        // Our clock is right again. The device shows two codes that are not spent yet: it waits until there are some.
        while let spent, try device.step(at: truth) - 1 <= spent { truth += 30 }
        let found = state.resynchronised(
            by: try device.code(at: truth, before: 1), try device.code(at: truth), at: truth, as: Self.parameters)
        take(found)
        #expect(found?.drift == device.offset)
        truth += 60
        let next = state.accepting(try device.code(at: truth), at: truth, as: Self.parameters)
        #expect(next?.drift == device.offset)
    }

    @Test(arguments: -12...12 as ClosedRange<Int64>)
    func `two codes find a clock that is off by up to ten steps`(_ offset: Int64) throws {
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        var device = try Clockwork()
        let learnt = try #require(
            TimedCode(key: KeyMaterial(Self.key)).accepting(device.code(at: now - 3600), at: now - 3600, as: Self.parameters))
        device.offset = offset
        let (first, second) = (try device.code(at: now, before: 1), try device.code(at: now))
        let found = learnt.resynchronised(by: first, second, at: now, as: Self.parameters)
        #expect(found?.drift == (abs(offset) <= 10 ? offset : nil))
        #expect(learnt.resynchronised(by: second, first, at: now, as: Self.parameters) == nil)
        #expect(learnt.resynchronised(by: first, first, at: now, as: Self.parameters) == nil)
        #expect(try learnt.resynchronised(by: device.code(at: now, before: 2), second, at: now, as: Self.parameters) == nil)
        guard let found else { return }
        #expect(found.accepting(first, at: now, as: Self.parameters) == nil)
        #expect(found.accepting(second, at: now, as: Self.parameters) == nil)
        #expect(found.resynchronised(by: first, second, at: now, as: Self.parameters) == nil)
    }

    // The bank's side of it.

    @Test func `a Token whose clock has drifted is found again, and a pair counts once`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        func pair(_ steps: Double) throws -> (String, String) {
            let shown = bank.clock.now.addingTimeInterval(30 * steps)
            return (try token.code(at: shown), try token.code(at: shown.addingTimeInterval(30)))
        }
        let login = try await bank.begin(.login(), with: token.id)
        #expect(try await bank.operations.submit(.code(pair(-9).0), to: login.id) == .refused)
        let codes = try pair(-9)
        let found = try await bank.enrolments.resynchronise(token.id, with: codes.0, codes.1)
        #expect(found == .clock(ahead: -8, step: .seconds(30)))
        #expect(try await bank.enrolment(of: token.id).failures == 1, "nobody has logged in with it")
        await #expect(throws: VerificationError.notResynchronised(token.id)) {
            try await bank.enrolments.resynchronise(token.id, with: codes.0, codes.1)
        }
        #expect(try await bank.enrolment(of: token.id).failures == 2)
        bank.clock.advance(by: 120)
        let again = try await bank.begin(.login(), with: token.id)
        #expect(try await bank.operations.submit(.code(pair(-9).0), to: again.id).name == "succeeded")
        #expect(try await bank.enrolment(of: token.id).failures == 0)
    }

    @Test func `wrong pairs are wrong answers, and the fifth blocks`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let wrong = try token.wrongCode(at: bank.clock.now)
        for _ in 0..<5 {
            await #expect(throws: VerificationError.notResynchronised(token.id)) {
                try await bank.enrolments.resynchronise(token.id, with: wrong, wrong)
            }
        }
        #expect(try await bank.enrolment(of: token.id).state == .blocked)
        await #expect(throws: VerificationError.deviceNotActive(token.id, .blocked)) {
            try await bank.enrolments.resynchronise(
                token.id, with: token.code(at: bank.clock.now), token.code(at: bank.clock.now.addingTimeInterval(30)))
        }
    }

    @Test func `a device without codes of its own is not resynchronised, and loses no try`() async throws {
        let bank = try TestBank()
        let card = try await bank.enrolCard()
        await #expect(throws: VerificationError.notResynchronised(card.id)) {
            try await bank.enrolments.resynchronise(card.id, with: "1", "2")
        }
        #expect(try await bank.enrolment(of: card.id).failures == 0)
    }

    @Test func `a device that counts logs in, is found again, and its code is accepted once`() async throws {
        let product = ProductProfile.ID(rawValue: "counter")
        let bank = try TestBank {
            $0.products.append(ProductProfile(id: product, kind: .token, method: .countedCode(CountedCodeParameters(digits: 6))))
        }
        let seed = SymmetricKey(data: Array("12345678901234567890".utf8))
        let device = try DeviceID("H-1")
        await #expect(throws: VerificationError.wrongRegistration(product)) {
            try await bank.enrolments.enrol(
                device, as: product, for: bank.alice, with: .seed(seed), id: bank.enrolmentID(), isEmulated: true)
        }
        await #expect(throws: VerificationError.weakSeed(bits: 80)) {
            try await bank.enrolments.enrol(
                device, as: product, for: bank.alice, with: .countedSeed(SymmetricKey(data: Array(repeating: 1, count: 10)), counter: 0),
                id: bank.enrolmentID(), isEmulated: true)
        }
        try await bank.enrolments.enrol(
            device, as: product, for: bank.alice, with: .countedSeed(seed, counter: 0), id: bank.enrolmentID(), isEmulated: true)
        let hotp = try HOTP(key: seed)
        let first = try await bank.begin(.login(), with: device)
        guard case .nothing = try await bank.operations.presentation(of: first.id) else {
            Issue.record("there is nothing to show on it")
            return
        }
        guard case .succeeded(let evidence) = try await bank.operations.submit(.code(hotp.code(counter: 3)), to: first.id) else {
            Issue.record("refused")
            return
        }
        #expect(evidence.binding == .operation)
        let second = try await bank.begin(.login(), with: device)
        #expect(try await bank.operations.submit(.code(hotp.code(counter: 3)), to: second.id) == .refused)
        await #expect(throws: VerificationError.approvalNotAdmitted(product)) { _ = try await bank.begin(.payment(), with: device) }
        let found = try await bank.enrolments.resynchronise(device, with: hotp.code(counter: 80), hotp.code(counter: 81))
        #expect(found == .counter(skipped: 76))
        let third = try await bank.begin(.login(), with: device)
        #expect(try await bank.operations.submit(.code(hotp.code(counter: 82)), to: third.id).name == "succeeded")
    }
}
