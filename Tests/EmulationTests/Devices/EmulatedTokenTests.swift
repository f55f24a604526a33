import Crypto
import DeviceProtocol
import Emulation
import Foundation
import TestSupport
import Testing

@Suite struct EmulatedTokenTests {
    private let clock = HandClock(59)
    private let record: TokenFactoryRecord

    init() throws {
        record = TokenFactoryRecord(serial: try DeviceID("TK-0001"), seed: SymmetricKey(data: Array("12345678901234567890".utf8)))
    }

    private func token(endOfLife: Date? = nil) throws -> EmulatedToken {
        try EmulatedToken(record: record, endOfLife: endOfLife, now: clock.reading)
    }

    /// RFC 6238, appendix B, SHA-1: the last 6 of the 8 digits.
    @Test(arguments: [
        (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"), (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ])
    func `the published codes are shown and answered`(seconds: TimeInterval, code: String) async throws {
        let token = try token()
        clock.set(seconds)
        #expect(try await token.respond(to: .nothing, with: ScriptedHolder()) == .code(code))
        let left = 30 - Int(seconds) % 30
        #expect(token.display(at: clock.now) == .code(code, secondsLeft: left))
    }

    @Test func `the code lasts 30 seconds, and the display counts them down`() throws {
        let token = try token()
        var codes: [String] = []
        for second in 60..<150 {
            guard case .code(let code, let left) = token.display(at: Date(timeIntervalSince1970: TimeInterval(second))) else {
                Issue.record("nothing shown at \(second)")
                continue
            }
            #expect(left == 30 - second % 30)
            if codes.last != code { codes.append(code) }
        }
        #expect(codes.count == 3)
    }

    @Test func `within a second the display does not change`() throws {
        let token = try token()
        #expect(token.display(at: Date(timeIntervalSince1970: 60)) == token.display(at: Date(timeIntervalSince1970: 60.999)))
        #expect(token.display(at: Date(timeIntervalSince1970: 89.999)) != token.display(at: Date(timeIntervalSince1970: 90)))
    }

    @Test func `the display is read in two groups`() {
        #expect("\(TokenDisplay.code("081804", secondsLeft: 7))" == "081 804  7 s")
        #expect(Set([TokenDisplay.endOfLife, .clockFault].map(\.description)).count == 2)
    }

    @Test func `nobody is asked and nothing is shown to the person`() async throws {
        let holder = ScriptedHolder(refusal: .declined)
        _ = try await token().respond(to: .nothing, with: holder)
        #expect(holder.events.isEmpty)
    }

    @Test func `it says of itself that it shows no operation and binds nothing`() throws {
        let descriptor = try token().descriptor
        #expect(descriptor.kind == .token && descriptor.takes == .nothing && descriptor.capabilities.isEmpty && descriptor.isEmulated)
        #expect(descriptor.id == record.serial && descriptor.name.contains("TK-0001"))
    }

    @Test func `a challenge in any form is not supported`() async throws {
        let token = try token()
        let challenge = try HandheldBank().payment()
        for presentation in [Presentation.sealed("SC1:"), .plain(challenge)] {
            let error = await deviceError { () async throws(DeviceError) in
                try await token.respond(to: presentation, with: ScriptedHolder())
            }
            #expect(error?.code == .notSupported)
        }
    }

    @Test func `from the end of its life on it answers nothing`() async throws {
        let token = try token(endOfLife: Date(timeIntervalSince1970: 1000))
        clock.set(999.9)
        #expect(token.display(at: clock.now) != .endOfLife)
        _ = try await token.respond(to: .nothing, with: ScriptedHolder())
        for seconds in [1000.0, 1001, 1e9] {
            clock.set(seconds)
            #expect(token.display(at: clock.now) == .endOfLife)
            let error = await deviceError { () async throws(DeviceError) in try await token.respond(to: .nothing, with: ScriptedHolder()) }
            #expect(error?.code == .notSupported)
            #expect(error?.detail?.contains("end of its life") == true)
        }
    }

    @Test(arguments: [-1, -1e30, .infinity, .nan] as [TimeInterval])
    func `a clock that stands at no possible time is told, and traps nothing`(seconds: TimeInterval) async throws {
        let token = try token()
        clock.set(seconds)
        #expect(token.display(at: clock.now) == .clockFault)
        let error = await deviceError { () async throws(DeviceError) in try await token.respond(to: .nothing, with: ScriptedHolder()) }
        #expect(error?.code == .notSupported)
    }

    // MARK: Button, drift, battery

    @Test func `the display is dark until the button is pressed, and again half a minute later`() throws {
        let token = try token()
        #expect(token.text.isEmpty)
        try token.press()
        #expect(token.text == "287 082  1 s")
        clock.set(60)
        #expect(token.text.hasSuffix("30 s"))
        clock.set(88.9)
        #expect(!token.text.isEmpty)
        clock.set(89)
        #expect(token.text.isEmpty)
    }

    @Test func `a fast clock shows later codes, by so many seconds a day`() async throws {
        clock.set(0)
        let token = try EmulatedToken(record: record, drift: 15, now: clock.reading)
        let exact = try EmulatedToken(record: record, now: clock.reading)
        clock.set(2 * 86_400)
        #expect(token.clock.timeIntervalSince(clock.now) == 30)
        let early = try await token.respond(to: .nothing, with: ScriptedHolder())
        clock.set(2 * 86_400 + 30)
        #expect(try await exact.respond(to: .nothing, with: ScriptedHolder()) == early)
        // Mended, it stays ahead by what it has gained.
        try token.setDrift(0)
        let ahead = token.clock.timeIntervalSince(clock.now)
        clock.set(100 * 86_400)
        #expect(abs(token.clock.timeIntervalSince(clock.now) - ahead) < 0.001)
    }

    @Test func `with a dead battery the display stays dark and nothing is answered, until it has a new one`() async throws {
        let token = try token()
        try token.setPower(false)
        try token.press()
        #expect(token.text.isEmpty && !token.hasPower)
        let error = await deviceError { () async throws(DeviceError) in try await token.respond(to: .nothing, with: ScriptedHolder()) }
        #expect(error?.code == .notSupported && error?.detail == "its battery is dead")
        try token.setPower(true)
        #expect(try await token.respond(to: .nothing, with: ScriptedHolder()) == .code("287082"))
    }

    @Test func `after the end of its life the display says so, and shows no digit`() throws {
        let token = try token(endOfLife: Date(timeIntervalSince1970: 50))
        try token.press()
        #expect(token.text == "END")
    }

    @Test func `an empty seed makes no Token`() throws {
        let empty = TokenFactoryRecord(serial: record.serial, seed: SymmetricKey(data: [UInt8]()))
        #expect(throws: DeviceError(.notSupported, "")) { try EmulatedToken(record: empty, now: clock.reading) }
    }

    @Test func `manufactured Tokens repeat with the random source, and no two are alike`() async throws {
        var first = SeededGenerator(seed: 1)
        var second = SeededGenerator(seed: 1)
        var seeds = Set<[UInt8]>()
        for _ in 0..<20 {
            let made = try EmulatedToken.manufacture(serial: record.serial, now: clock.reading, using: &first)
            let again = try EmulatedToken.manufacture(serial: record.serial, now: clock.reading, using: &second)
            #expect(made.record.seed == again.record.seed && made.record.seed.bitCount == 160)
            #expect(made.device.display(at: clock.now) == again.device.display(at: clock.now))
            // The record is what the bank needs: a Token made from it shows the same.
            let copy = try EmulatedToken(record: made.record, now: clock.reading)
            #expect(copy.display(at: clock.now) == made.device.display(at: clock.now))
            seeds.insert(made.record.seed.withUnsafeBytes { Array($0) })
        }
        #expect(seeds.count == 20)
    }
}
