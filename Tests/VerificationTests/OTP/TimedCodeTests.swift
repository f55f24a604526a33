import Crypto
import Foundation
import OATH
import Testing

@testable import Verification

struct TimedCodeTests {
    private let seed = Array("12345678901234567890".utf8)
    private let parameters = TimedCodeParameters(digits: 6, step: .seconds(30), algorithm: .sha1)
    private let now = Date(timeIntervalSince1970: 1_800_000_015)

    private var fresh: TimedCode { TimedCode(key: KeyMaterial(SymmetricKey(data: seed))) }

    /// A device that answered an hour ago, with a clock like ours.
    private func used() throws -> TimedCode {
        let before = now.addingTimeInterval(-3600)
        return try #require(fresh.accepting(try TOTP(key: SymmetricKey(data: seed)).code(at: before), at: before, as: parameters))
    }

    private func code(_ offset: Int64) throws -> String {
        let totp = try TOTP(key: SymmetricKey(data: seed))
        return totp.code(step: UInt64(Int64(try totp.step(at: now)) + offset))
    }

    // RFC 6238, Appendix B, SHA-1 rows: the time in seconds and the code of 8 digits.
    @Test(
        arguments: [
            (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"), (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
        ] as [(TimeInterval, String)])
    func `the published codes are accepted at their time`(_ seconds: TimeInterval, _ code: String) {
        let eight = TimedCodeParameters(digits: 8, step: .seconds(30), algorithm: .sha1)
        #expect(fresh.accepting(code, at: Date(timeIntervalSince1970: seconds), as: eight)?.drift == 0)
        #expect(fresh.accepting(code, at: Date(timeIntervalSince1970: seconds + 180), as: eight) == nil)
    }

    @Test(arguments: -6...6)
    func `a code is accepted one step early, in time and one step late, and not beyond`(_ offset: Int64) throws {
        let accepted = try used().accepting(try code(offset), at: now, as: parameters)
        if abs(offset) <= 1 {
            #expect(accepted?.drift == offset)
            #expect(accepted?.lastStep == UInt64(1_800_000_015 / 30 + offset))
        } else {
            #expect(accepted == nil)
        }
    }

    @Test func `a code is accepted once`() throws {
        let after = try #require(fresh.accepting(code(0), at: now, as: parameters))
        #expect(after.accepting(try code(0), at: now, as: parameters) == nil)
    }

    @Test func `a code from before the last accepted one is spent, although it lies in the window`() throws {
        let after = try #require(fresh.accepting(code(0), at: now, as: parameters))
        #expect(after.accepting(try code(-1), at: now, as: parameters) == nil)
        #expect(after.accepting(try code(1), at: now, as: parameters) != nil)
    }

    @Test func `of two steps with the same code the later is spent, and the nearer one tells where the clock is`() throws {
        let totp = try TOTP(key: SymmetricKey(data: seed))
        let steps: Range<UInt64> = 60_000_000..<60_400_000
        var seen: [String: UInt64] = [:]
        var pair: (UInt64, UInt64)?
        for step in steps where pair == nil {
            let code = totp.code(step: step)
            if let former = seen[code], step - former >= 3, step - former <= 6 { pair = (former, step) }
            seen[code] = step
        }
        let (first, second) = try #require(pair)
        // A fresh device whose clock is where ours is, one step from the first.
        let now = Date(timeIntervalSince1970: TimeInterval((first + 1) * 30))
        let accepted = try #require(fresh.accepting(totp.code(step: first), at: now, as: parameters))
        #expect(accepted.lastStep == second)
        #expect(accepted.drift == -1)
        #expect(accepted.accepting(totp.code(step: second), at: now, as: parameters) == nil)
    }

    @Test func `a clock that is set back never makes an old code good again`() throws {
        let after = try #require(fresh.accepting(code(0), at: now, as: parameters))
        for back in [30.0, 60, 3600, 86_400] {
            let earlier = now.addingTimeInterval(-back)
            for offset in -1...1 {
                let totp = try TOTP(key: SymmetricKey(data: seed))
                let old = totp.code(step: UInt64(Int64(try totp.step(at: earlier)) + Int64(offset)))
                let accepted = after.accepting(old, at: earlier, as: parameters)
                #expect(accepted == nil)
            }
        }
    }

    @Test(arguments: [1, -1] as [Int64])
    func `drift is remembered in whole steps, and a clock that drifts on is followed`(_ direction: Int64) throws {
        var state = fresh
        for use in 1...10 {
            // Every use comes ten steps later, by a device whose clock has moved one step further.
            let time = now.addingTimeInterval(Double(use) * 300)
            let totp = try TOTP(key: SymmetricKey(data: seed))
            let shown = totp.code(step: UInt64(Int64(try totp.step(at: time)) + direction * Int64(use)))
            state = try #require(state.accepting(shown, at: time, as: parameters))
            #expect(state.drift == direction * Int64(use))
        }
    }

    @Test(arguments: [1, -1] as [Int64])
    func `a clock that is further off than the limit is followed no more`(_ direction: Int64) throws {
        var state = fresh
        for use in 1...12 {
            let time = now.addingTimeInterval(Double(use) * 3600)
            let totp = try TOTP(key: SymmetricKey(data: seed))
            let distance = direction * Int64(use)
            let shown = totp.code(step: UInt64(Int64(try totp.step(at: time)) + distance))
            let accepted = state.accepting(shown, at: time, as: parameters)
            #expect((accepted != nil) == (use <= 10), "\(use)")
            state = accepted ?? state
            #expect(abs(state.drift) <= TimedCode.driftLimit)
        }
    }

    /// Who reads a code and types it late looks like a clock that runs late.
    @Test func `prompt codes are accepted however slowly earlier ones were typed`() throws {
        let totp = try TOTP(key: SymmetricKey(data: seed))
        var state = fresh
        for (use, late) in [1, 2, 0, 1, 2, 3, 0, 0].enumerated() {
            let time = now.addingTimeInterval(Double(use) * 300)
            let shown = totp.code(step: try totp.step(at: time) - UInt64(late))
            state = try #require(state.accepting(shown, at: time, as: parameters), "use \(use), \(late) steps late")
            #expect(state.drift == -Int64(late))
        }
    }

    @Test func `a code between the prompt ones and those of the known drift is refused`() throws {
        let totp = try TOTP(key: SymmetricKey(data: seed))
        var state = fresh
        for use in 1...6 {
            let time = now.addingTimeInterval(Double(use) * 300)
            state = try #require(state.accepting(totp.code(step: try totp.step(at: time) - UInt64(use)), at: time, as: parameters))
        }
        let time = now.addingTimeInterval(86_400)
        let accepted = try (-12...4).filter { distance in
            state.accepting(totp.code(step: UInt64(Int(try totp.step(at: time)) + distance)), at: time, as: parameters) != nil
        }
        #expect(accepted == [-7, -6, -5, -1, 0, 1])
    }

    @Test func `without drift that was learnt, a clock two steps off is refused`() throws {
        #expect(try used().accepting(try code(2), at: now, as: parameters) == nil)
        let learnt = try #require(used().accepting(code(1), at: now, as: parameters))
        #expect(learnt.accepting(try code(2), at: now, as: parameters)?.drift == 2)
    }

    @Test(arguments: ["", "0", "00000", "0000000", "1234567890123456789012", "abcdef", "123 456", "١٢٣٤٥٦"])
    func `what is not a code of six digits is refused`(_ text: String) {
        #expect(fresh.accepting(text, at: now, as: parameters) == nil)
    }

    @Test func `a code with more behind it is refused`() throws {
        let right = try code(0)
        for text in [right + "0", right + " ", " " + right, String(right.dropLast()), right + "\u{0}"] {
            #expect(fresh.accepting(text, at: now, as: parameters) == nil)
        }
    }

    @Test func `every other code of the same length is refused`() throws {
        let good = Set(try (-5...5).map { try code($0) })
        var accepted: Set<String> = []
        for number in stride(from: 0, to: 1_000_000, by: 997) {
            let text = String(format: "%06d", number)
            if fresh.accepting(text, at: now, as: parameters) != nil { accepted.insert(text) }
        }
        #expect(accepted.isSubset(of: good))
    }

    @Test(arguments: [-1.0, -1e300, 1e300, .infinity, .nan])
    func `a time that cannot be counted accepts nothing`(_ seconds: TimeInterval) throws {
        #expect(fresh.accepting(try code(0), at: Date(timeIntervalSince1970: seconds), as: parameters) == nil)
    }

    @Test func `the first step of all has none before it`() throws {
        let totp = try TOTP(key: SymmetricKey(data: seed))
        #expect(fresh.accepting(totp.code(step: 0), at: Date(timeIntervalSince1970: 0), as: parameters)?.lastStep == 0)
        #expect(fresh.accepting(totp.code(step: 1), at: Date(timeIntervalSince1970: 0), as: parameters)?.lastStep == 1)
    }

    @Test(arguments: HashAlgorithm.allCases)
    func `product parameters decide what a code is`(_ algorithm: HashAlgorithm) throws {
        let shape = TimedCodeParameters(digits: 8, step: .seconds(60), algorithm: algorithm)
        let totp = try TOTP(key: SymmetricKey(data: seed), digits: 8, algorithm: algorithm, step: .seconds(60))
        let right = try totp.code(at: now)
        #expect(fresh.accepting(right, at: now, as: shape) != nil)
        #expect(fresh.accepting(right, at: now, as: parameters) == nil)
    }

    @Test func `parameters that no code can have accept nothing`() throws {
        for shape in [
            TimedCodeParameters(digits: 5, step: .seconds(30), algorithm: .sha1),
            TimedCodeParameters(digits: 6, step: .zero, algorithm: .sha1),
            TimedCodeParameters(digits: 6, step: .milliseconds(500), algorithm: .sha1),
        ] { #expect(fresh.accepting(try code(0), at: now, as: shape) == nil) }
    }

    @Test(arguments: -7...7)
    func `the first code of all may be five steps early or late, and so may the first after a reset`(_ offset: Int64) throws {
        for state in [fresh, try used().forgettingDrift()] {
            let accepted = state.accepting(try code(offset), at: now, as: parameters)
            #expect((accepted != nil) == (abs(offset) <= 5))
            #expect(accepted?.drift ?? offset == offset)
            let stored = try JSONDecoder().decode(TimedCode.self, from: JSONEncoder().encode(state))
            #expect(stored == state)
            #expect(stored.drift == 0)
        }
    }

    @Test func `what is written is read back, with drift and last step`() throws {
        let state = try #require(fresh.accepting(code(1), at: now, as: parameters))
        let copy = try JSONDecoder().decode(TimedCode.self, from: JSONEncoder().encode(state))
        #expect(copy == state)
        #expect(copy.accepting(try code(1), at: now, as: parameters) == nil)
    }

    @Test func `a drift that was damaged in the store does not trap, and prompt codes stay good`() throws {
        let state = try #require(fresh.accepting(code(1), at: now, as: parameters))
        let json = String(decoding: try JSONEncoder().encode(state), as: UTF8.self)
        for absurd in [Int64.max, .min, -60_000_001] {
            let damaged = json.replacingOccurrences(of: "\"drift\":1", with: "\"drift\":\(absurd)")
            let copy = try JSONDecoder().decode(TimedCode.self, from: Data(damaged.utf8))
            #expect(copy.drift == absurd)
            let later = now.addingTimeInterval(300)
            let totp = try TOTP(key: SymmetricKey(data: seed))
            #expect(copy.accepting(try totp.code(at: later), at: later, as: parameters)?.drift == 0)
            #expect(copy.accepting(totp.code(step: try totp.step(at: later) + 11), at: later, as: parameters) == nil)
        }
    }
}
