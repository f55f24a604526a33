import Crypto
import DeviceProtocol
import Foundation
import ScanChallenge
import Secrets
import TestSupport
import Testing

@testable import Emulation

@Suite struct EmulatedMobileTests {
    private let bank: HandheldBank
    private let clock = HandClock(HandheldBank.issuedAt)
    private let mobile: EmulatedMobile
    private let record: ScanFactoryRecord

    init() throws {
        bank = try HandheldBank()
        var generator = SeededGenerator(seed: 50)
        (mobile, record) = try EmulatedMobile.manufacture(
            serial: DeviceID("MO-0001"), issuer: bank.issuer.identity, now: clock.reading, using: &generator)
        try mobile.pair(nonce: HandheldBank.nonce, enrolment: "enrolment-1", pin: Self.pin("271828"), using: &generator)
    }

    private static func pin(_ digits: String) throws -> PIN { PIN(try SecretBytes.copying(digits.utf8)) }

    private func answer(_ text: String, _ pins: String...) async throws -> String? {
        guard case .code(let code) = try await mobile.respond(to: .sealed(text), with: ScriptedHolder(pins: pins)) else { return nil }
        return code
    }

    @Test func `it shows the operation, asks for the PIN, and gives the code that the bank expects`() async throws {
        let challenge = try bank.payment()
        let holder = ScriptedHolder(pins: ["271828"])
        let response = try await mobile.respond(to: .sealed(bank.seal(challenge, 1, for: record)), with: holder)
        let expected = try bank.code(challenge, record, kind: .mobile)
        #expect(response == .code(expected))
        #expect(expected != (try bank.code(challenge, record, kind: .scan)))
        #expect(mobile.screen == .code(expected, for: challenge.summary))
        #expect(holder.events.count == 2)
        guard case .shown(.confirmOnDevice(let shown)) = holder.events.first, case .askedPIN(let request) = holder.events.last else {
            Issue.record("shown first, then asked for the PIN: \(holder.events)")
            return
        }
        #expect(shown == challenge.summary && request.summary == challenge.summary)
        #expect(request.device == mobile.descriptor.name && request.triesLeft == nil && !request.previousWasWrong)
    }

    @Test func `it says of itself that it asks for a PIN`() {
        let descriptor = mobile.descriptor
        #expect(descriptor.kind == .mobile && descriptor.takes == .sealed && descriptor.isEmulated)
        #expect(descriptor.capabilities == [.displaysOperation, .bindsContent, .asksPIN])
    }

    // MARK: The PIN

    @Test func `a wrong PIN gives a wrong code, and the device cannot tell`() async throws {
        let challenge = try bank.payment()
        let text = try bank.seal(challenge, 1, for: record)
        var codes = Set<String>()
        for pin in ["271829", "000000", "999999", "271827"] {
            let code = try #require(try await answer(text, pin))
            #expect(code.utf8.count == 8)
            #expect(code != (try bank.code(challenge, record, kind: .mobile)))
            #expect(mobile.screen == .code(code, for: challenge.summary))
            codes.insert(code)
        }
        #expect(codes.count == 4)
        // The same challenge with the right PIN gives the right code after all.
        #expect(try await answer(text, "271828") == bank.code(challenge, record, kind: .mobile))
    }

    @Test func `the latest scanned again wants the PIN again, because without it there is no key`() async throws {
        let challenge = try bank.payment()
        let text = try bank.seal(challenge, 1, for: record)
        let first = try await answer(text, "271828")
        let holder = ScriptedHolder(pins: ["271828"])
        #expect(try await mobile.respond(to: .sealed(text), with: holder) == .code(first ?? ""))
        #expect(holder.events.count == 2)
    }

    @Test(arguments: ["", "1", "27182", "2718281", "27182a", "２71828", "27182 ", "-27182", String(repeating: "1", count: 4096)])
    func `what is not six digits is refused without spending anything`(digits: String) async throws {
        let challenge = try bank.payment()
        let text = try bank.seal(challenge, 1, for: record)
        let holder = ScriptedHolder(pins: [digits])
        let error = await deviceError { () async throws(DeviceError) in try await mobile.respond(to: .sealed(text), with: holder) }
        #expect(error?.code == .unsuitablePIN)
        #expect(error?.detail?.contains("6 digits") == true && error?.triesLeft == nil)
        #expect(mobile.screen == .idle)
        // An earlier one can still be answered.
        #expect(try await answer(bank.seal(challenge, 0, for: record), "271828") == bank.code(challenge, record, kind: .mobile))
    }

    @Test(arguments: [HolderError.declined, .cancelled, .timedOut, .unavailable])
    func `without a PIN nothing is spent`(reason: HolderError) async throws {
        let text = try bank.seal(bank.payment(1), 5, for: record)
        let error = await deviceError { () async throws(DeviceError) in
            try await mobile.respond(to: .sealed(text), with: ScriptedHolder(pins: ["271828"], refusal: reason))
        }
        #expect(error == DeviceError(reason, mobile.descriptor.name))
        #expect(mobile.screen == .idle)
        #expect(try await answer(bank.seal(bank.payment(2), 4, for: record), "271828") == bank.code(bank.payment(2), record, kind: .mobile))
    }

    @Test func `what is kept under the PIN has no redundancy: every PIN opens it to some key`() throws {
        let key = SymmetricKey(data: Array(0..<32 as Range<UInt8>))
        let salt = [UInt8](repeating: 3, count: 16)
        let wrapped = try PINWrappedKey(key, pin: SecretBytes.copying("271828".utf8), salt: salt)
        #expect(try wrapped.key(pin: SecretBytes.copying("271828".utf8)) == key)
        var keys = Set<[UInt8]>()
        for pin in ["000000", "271829", "123456", "999999"] {
            let other = try wrapped.key(pin: SecretBytes.copying(pin.utf8))
            #expect(other.bitCount == 256 && other != key)
            keys.insert(other.withUnsafeBytes { Array($0) })
        }
        #expect(keys.count == 4)
        // Another salt masks the same key under the same PIN differently.
        let salted = try PINWrappedKey(key, pin: SecretBytes.copying("271828".utf8), salt: [UInt8](repeating: 4, count: 16))
        #expect(try salted.key(pin: SecretBytes.copying("000000".utf8)) != wrapped.key(pin: SecretBytes.copying("000000".utf8)))
    }

    @Test(arguments: [
        ("123456", true), ("000000", true), ("12345", false), ("1234567", false), ("12345x", false), ("", false), ("12:456", false),
        ("12/456", false),
    ])
    func `a PIN has six digits`(digits: String, isWellFormed: Bool) throws {
        #expect(PINWrappedKey.isWellFormed(try SecretBytes.copying(digits.utf8)) == isWellFormed)
    }

    // MARK: Pairing

    @Test func `it is paired once, because it forgets what the keys came from`() async throws {
        var generator = SeededGenerator(seed: 51)
        #expect(throws: ScanError.unusableKey("the phone is paired already")) {
            try mobile.pair(nonce: [UInt8](repeating: 9, count: 16), enrolment: "enrolment-2", pin: Self.pin("111111"), using: &generator)
        }
        let challenge = try bank.payment()
        #expect(try await answer(bank.seal(challenge, 1, for: record), "271828") == bank.code(challenge, record, kind: .mobile))
    }

    @Test func `a pairing that fails can be repeated`() async throws {
        var generator = SeededGenerator(seed: 52)
        let (fresh, record) = try EmulatedMobile.manufacture(
            serial: DeviceID("MO-0002"), issuer: bank.issuer.identity, now: clock.reading, using: &generator)
        let challenge = try bank.payment()
        let text = try bank.seal(challenge, 1, for: record)
        let early = await deviceError { () async throws(DeviceError) in
            try await fresh.respond(to: .sealed(text), with: ScriptedHolder(pins: ["271828"]))
        }
        #expect(early?.code == .challengeRefused)
        #expect(fresh.screen == .refused(.notPaired))
        #expect(throws: ScanError.self) {
            try fresh.pair(nonce: [1], enrolment: "enrolment-1", pin: Self.pin("314159"), using: &generator)
        }
        #expect(throws: ScanError.unusableKey("a PIN has 6 digits")) {
            try fresh.pair(nonce: HandheldBank.nonce, enrolment: "enrolment-1", pin: Self.pin("31415"), using: &generator)
        }
        try fresh.pair(nonce: HandheldBank.nonce, enrolment: "enrolment-1", pin: Self.pin("314159"), using: &generator)
        let response = try await fresh.respond(to: .sealed(text), with: ScriptedHolder(pins: ["314159"]))
        #expect(response == .code(try bank.code(challenge, record, kind: .mobile)))
    }

    // MARK: What is refused, as on a Scan

    @Test func `used, foreign, damaged and expired challenges are refused in one word, and no PIN is asked for`() async throws {
        _ = try await answer(bank.seal(bank.payment(1), 10, for: record), "271828")
        let late = try bank.seal(bank.payment(3, timeToLive: 60), 12, for: record)
        clock.set(HandheldBank.issuedAt + 60)
        let cases: [(ScanRefusal, String)] = [
            (.alreadyUsed, try bank.seal(bank.payment(2), 9, for: record)), (.alreadyUsed, try bank.seal(bank.payment(2), 10, for: record)),
            (.notFromThisBank, try HandheldBank(seed: 9).seal(bank.payment(2), 11, for: record)), (.damaged, "SC1:0"),
            (.notAChallenge, "tiqrauth://bank.example"), (.expired, late),
        ]
        for (reason, text) in cases {
            let holder = ScriptedHolder(pins: ["271828"])
            let error = await deviceError { () async throws(DeviceError) in try await mobile.respond(to: .sealed(text), with: holder) }
            #expect(error?.code == .challengeRefused && error?.detail == nil)
            #expect(mobile.screen == .refused(reason))
            #expect(holder.events.isEmpty)
        }
    }

    @Test func `nothing and a plain challenge are not supported`() async throws {
        for presentation in [Presentation.nothing, .plain(try bank.payment())] {
            let error = await deviceError { () async throws(DeviceError) in
                try await mobile.respond(to: presentation, with: ScriptedHolder(pins: ["271828"]))
            }
            #expect(error?.code == .notSupported)
        }
    }
}
