import Crypto
import DeviceProtocol
import Emulation
import Foundation
import ScanChallenge
import TestSupport
import Testing

@Suite struct EmulatedScanTests {
    private let bank: HandheldBank
    private let scan: EmulatedScan
    private let record: ScanFactoryRecord

    init() throws {
        bank = try HandheldBank()
        var generator = SeededGenerator(seed: 5)
        (scan, record) = try EmulatedScan.manufacture(serial: DeviceID("SC-0001"), issuer: bank.issuer.identity, using: &generator)
        try scan.pair(nonce: HandheldBank.nonce, enrolment: "enrolment-1")
    }

    private func answer(_ text: String, _ holder: ScriptedHolder = ScriptedHolder(), by device: EmulatedScan? = nil) async throws -> String?
    {
        guard case .code(let code) = try await (device ?? scan).respond(to: .sealed(text), with: holder) else { return nil }
        return code
    }

    /// Expects a refusal: one reason outside, the local one on the display, and nobody asked.
    private func expectRefusal(
        _ reason: ScanRefusal, of text: String, by device: EmulatedScan? = nil, _ location: SourceLocation = #_sourceLocation
    ) async {
        let device = device ?? scan
        let holder = ScriptedHolder()
        let error = await deviceError { () async throws(DeviceError) in try await device.respond(to: .sealed(text), with: holder) }
        #expect(error?.code == .challengeRefused, sourceLocation: location)
        #expect(error?.detail == nil && error?.device == device.descriptor.name, sourceLocation: location)
        #expect(device.screen == .refused(reason), sourceLocation: location)
        #expect(holder.events.isEmpty, sourceLocation: location)
    }

    @Test func `it shows exactly the decoded fields, asks, and gives the code that the bank expects`() async throws {
        let challenge = try bank.payment()
        let holder = ScriptedHolder()
        #expect(scan.screen == .idle)
        let code = try await answer(bank.seal(challenge, 1, for: record), holder)
        #expect(code == (try bank.code(challenge, record, kind: .scan)))
        #expect(code != (try bank.code(challenge, record, kind: .mobile)))
        #expect(scan.screen == .code(code ?? "", for: challenge.summary))
        #expect(holder.events.count == 2)
        guard case .shown(.confirmOnDevice(let shown)) = holder.events.first, case .askedConsent(let asked) = holder.events.last else {
            Issue.record("shown first, then asked: \(holder.events)")
            return
        }
        #expect(shown == challenge.summary && asked == challenge.summary)
    }

    @Test func `the screen has the fields as lines in the order of the payload`() async throws {
        let fields = [
            "Payment", "Origin: bank.example", "IBAN: LU28 0019 4006 4475 0000", "Amount: 12.50 EUR", "Payee: Ada Lovelace",
            "Reference: Invoice 1",
        ]
        let summary = try bank.payment().summary
        #expect(ScanScreen.showing(summary).lines == fields + ["Confirm?"])
        #expect(ScanScreen.code("01234567", for: summary).lines == fields + ["Code: 01234567"])
        #expect(ScanScreen.idle.lines == ["Scan the code"])
        #expect(ScanScreen.refused(.alreadyUsed).lines == ["Refused", "The code was used before"])
        #expect(Set(ScanRefusal.allCases.map(\.description)).count == ScanRefusal.allCases.count)
    }

    @Test func `while the person is asked, the screen shows the operation`() async throws {
        struct Watcher: Holder {
            let scan: EmulatedScan
            let expected: Summary
            func show(_ prompt: Prompt) async { #expect(scan.screen == .showing(expected)) }
            func consent(to summary: Summary) async throws(HolderError) { #expect(scan.screen == .showing(expected)) }
            func pin(for request: PINRequest) async throws(HolderError) -> PIN { throw .unavailable }
        }
        let challenge = try bank.payment()
        let text = try bank.seal(challenge, 1, for: record)
        let response = try await scan.respond(to: .sealed(text), with: Watcher(scan: scan, expected: challenge.summary))
        #expect(response == .code(try bank.code(challenge, record, kind: .scan)))
    }

    @Test func `it says of itself that it shows the operation and binds to it`() {
        let descriptor = scan.descriptor
        #expect(descriptor.kind == .scan && descriptor.takes == .sealed && descriptor.isEmulated)
        #expect(descriptor.capabilities == [.displaysOperation, .bindsContent])
        #expect(descriptor.id == record.serial && descriptor.name.contains("SC-0001"))
    }

    @Test func `random challenges of every kind are answered`() async throws {
        var challenges = RandomChallenges(seed: 30)
        for counter in 1...50 {
            let challenge = try challenges.next()
            #expect(try await answer(bank.seal(challenge, UInt32(counter), for: record)) == bank.code(challenge, record, kind: .scan))
        }
    }

    // MARK: The order of challenges

    @Test func `the latest scanned again shows the same code, and nobody is asked again`() async throws {
        let text = try bank.seal(bank.payment(), 1, for: record)
        let code = try await answer(text)
        let holder = ScriptedHolder(refusal: .declined)
        #expect(try await answer(text, holder) == code)
        #expect(holder.events.count == 1)
        // Sealed once more it is another text with the same payload.
        #expect(try await answer(bank.seal(bank.payment(), 1, for: record)) == code)
    }

    @Test func `what is not later than the accepted one is refused`() async throws {
        let first = try bank.seal(bank.payment(1), 10, for: record)
        _ = try await answer(first)
        await expectRefusal(.alreadyUsed, of: try bank.seal(bank.payment(2), 10, for: record))
        await expectRefusal(.alreadyUsed, of: try bank.seal(bank.payment(1), 9, for: record))
        await expectRefusal(.alreadyUsed, of: try bank.seal(bank.payment(3), 0, for: record))
        _ = try await answer(bank.seal(bank.payment(4), 11, for: record))
        await expectRefusal(.alreadyUsed, of: first)
    }

    @Test func `places may be left out`() async throws {
        for counter in [1, 5, 1000, UInt32.max] {
            let challenge = try bank.payment(UInt8(truncatingIfNeeded: counter))
            #expect(try await answer(bank.seal(challenge, counter, for: record)) == bank.code(challenge, record, kind: .scan))
        }
    }

    @Test func `a new epoch begins anew, and ends the one before`() async throws {
        _ = try await answer(bank.seal(bank.payment(1), 1000, for: record))
        _ = try await answer(bank.seal(bank.payment(2), 0, epoch: 1, for: record))
        await expectRefusal(.alreadyUsed, of: try bank.seal(bank.payment(3), 2000, for: record))
        _ = try await answer(bank.seal(bank.payment(4), 1, epoch: 1, for: record))
    }

    @Test(arguments: [HolderError.declined, .cancelled, .timedOut, .unavailable])
    func `what the person does not agree to is not spent`(reason: HolderError) async throws {
        let text = try bank.seal(bank.payment(1), 5, for: record)
        let refusing = ScriptedHolder(refusal: reason)
        let error = await deviceError { () async throws(DeviceError) in try await scan.respond(to: .sealed(text), with: refusing) }
        #expect(error == DeviceError(reason, scan.descriptor.name))
        #expect(scan.screen == .idle)
        #expect(refusing.events.count == 2)
        // An earlier one may still come, and the same one too.
        _ = try await answer(bank.seal(bank.payment(2), 4, for: record))
        #expect(try await answer(text) == bank.code(bank.payment(1), record, kind: .scan))
    }

    @Test func `a challenge that was overtaken while the person read it gives no code`() async throws {
        struct Overtaking: Holder {
            let scan: EmulatedScan
            let later: String
            func show(_ prompt: Prompt) async {}
            func consent(to summary: Summary) async throws(HolderError) {
                do { _ = try await scan.respond(to: .sealed(later), with: ScriptedHolder()) } catch { throw .cancelled }
            }
            func pin(for request: PINRequest) async throws(HolderError) -> PIN { throw .unavailable }
        }
        let earlier = try bank.seal(bank.payment(1), 1, for: record)
        let holder = Overtaking(scan: scan, later: try bank.seal(bank.payment(2), 2, for: record))
        let error = await deviceError { () async throws(DeviceError) in try await scan.respond(to: .sealed(earlier), with: holder) }
        #expect(error?.code == .challengeRefused)
        #expect(scan.screen == .refused(.alreadyUsed))
    }

    @Test func `a challenge that was shown before a new pairing gives no code after it`() async throws {
        struct Repairing: Holder {
            let scan: EmulatedScan
            func show(_ prompt: Prompt) async {}
            func consent(to summary: Summary) async throws(HolderError) {
                do { try scan.pair(nonce: [UInt8](repeating: 7, count: 16), enrolment: "enrolment-2") } catch { throw .cancelled }
            }
            func pin(for request: PINRequest) async throws(HolderError) -> PIN { throw .unavailable }
        }
        let text = try bank.seal(bank.payment(), 1, for: record)
        let error = await deviceError { () async throws(DeviceError) in
            try await scan.respond(to: .sealed(text), with: Repairing(scan: scan))
        }
        #expect(error?.code == .challengeRefused)
        #expect(scan.screen == .refused(.notForThisDevice))
    }

    // MARK: What is refused

    @Test func `each reason is told apart on the display, and nowhere else`() async throws {
        let challenge = try bank.payment()
        let good = try bank.seal(challenge, 1, for: record)
        let bytes = try Base45.decode(String(good.dropFirst(4)))
        let altered = "SC1:" + Base45.encode(Array(bytes.dropLast()) + [(bytes.last ?? 0) ^ 1])
        let newer = "SC1:" + Base45.encode([2] + bytes.dropFirst())
        var generator = SeededGenerator(seed: 6)
        let (_, otherRecord) = try EmulatedScan.manufacture(
            serial: DeviceID("SC-0002"), issuer: bank.issuer.identity, using: &generator)
        let stranger = try HandheldBank(seed: 9)
        let namesake = try HandheldBank(id: "bank.examplf")

        await expectRefusal(.notAChallenge, of: "https://bank.example/")
        await expectRefusal(.notAChallenge, of: "")
        await expectRefusal(.damaged, of: String(good.dropLast(good.count / 2)).appending("!"))
        await expectRefusal(.damaged, of: "SC1:" + String(repeating: "0", count: 10_000))
        await expectRefusal(.unknownVersion, of: newer)
        await expectRefusal(.notForThisDevice, of: try bank.seal(challenge, 1, for: otherRecord))
        await expectRefusal(.notFromThisBank, of: altered)
        await expectRefusal(.notFromThisBank, of: try stranger.seal(challenge, 1, for: record))
        await expectRefusal(.notFromThisBank, of: try namesake.seal(challenge, 1, for: record))
        // None of them has spent anything.
        #expect(try await answer(good) == bank.code(challenge, record, kind: .scan))
    }

    @Test func `authentic content that cannot be shown is refused`() async throws {
        var sender = try HPKE.Sender(
            recipientKey: record.publicKey, ciphersuite: .Curve25519_SHA256_ChachaPoly, info: Data("tessera/scan/1bank.example".utf8),
            authenticatedBy: Curve25519.KeyAgreement.PrivateKey(rawRepresentation: [UInt8](repeating: 1, count: 32)),
            presharedKey: bank.keys(record).sealing.presharedKey,
            presharedKeyIdentifier: Data(bank.keys(record).sealing.id.bytes))
        let header = [1] + (try bank.keys(record).sealing.id.bytes)
        let ciphertext = try sender.seal([0x30, 0x00], authenticating: header)
        await expectRefusal(.notShowable, of: "SC1:" + Base45.encode(header + sender.encapsulatedKey + ciphertext))
    }

    @Test func `before it is paired it refuses everything`() async throws {
        var generator = SeededGenerator(seed: 7)
        let (fresh, record) = try EmulatedScan.manufacture(serial: DeviceID("SC-0003"), issuer: bank.issuer.identity, using: &generator)
        await expectRefusal(.notPaired, of: try bank.seal(bank.payment(), 1, for: record), by: fresh)
    }

    @Test func `paired anew it takes the new keys, and the old ones no longer`() async throws {
        let old = try bank.seal(bank.payment(1), 7, for: record)
        _ = try await answer(old)
        let nonce = [UInt8](repeating: 7, count: 16)
        try scan.pair(nonce: nonce, enrolment: "enrolment-2")
        #expect(scan.screen == .idle)
        await expectRefusal(.notForThisDevice, of: old)
        let keys = try bank.keys(record, nonce: nonce, enrolment: "enrolment-2")
        let challenge = try bank.payment(2)
        let text = try bank.seal(challenge, at: ScanSequence(epoch: 0, counter: 1), for: record, keys: keys)
        let expected = try ScanCode.compute(ocraKey: keys.ocra, challenge: challenge, device: record.serial)
        #expect(try await answer(text) == expected)
    }

    @Test func `a pairing that fails leaves the old keys`() async throws {
        #expect(throws: ScanError.self) { try scan.pair(nonce: [1, 2, 3], enrolment: "enrolment-2") }
        #expect(throws: ScanError.self) { try scan.pair(nonce: HandheldBank.nonce, enrolment: "") }
        let challenge = try bank.payment()
        #expect(try await answer(bank.seal(challenge, 1, for: record)) == bank.code(challenge, record, kind: .scan))
    }

    @Test func `nothing and a plain challenge are not supported: the seal cannot be skipped`() async throws {
        for presentation in [Presentation.nothing, .plain(try bank.payment())] {
            let error = await deviceError { () async throws(DeviceError) in try await scan.respond(to: presentation, with: ScriptedHolder())
            }
            #expect(error?.code == .notSupported)
        }
    }

    // MARK: The clock

    @Test func `without a clock it is never too late`() async throws {
        let challenge = try bank.payment(timeToLive: 1)
        #expect(try await answer(bank.seal(challenge, 1, for: record)) == bank.code(challenge, record, kind: .scan))
    }

    @Test(arguments: [(0, false), (119.9, false), (120, true), (1e6, true), (-1e6, false)])
    func `with a clock it refuses what has run out`(age: TimeInterval, expired: Bool) async throws {
        let clock = HandClock(HandheldBank.issuedAt + age)
        var generator = SeededGenerator(seed: 8)
        let (timed, record) = try EmulatedScan.manufacture(
            serial: DeviceID("SC-0004"), issuer: bank.issuer.identity, clock: clock.reading, using: &generator)
        try timed.pair(nonce: HandheldBank.nonce, enrolment: "enrolment-1")
        let challenge = try bank.payment()
        let text = try bank.seal(challenge, 1, for: record)
        if expired {
            await expectRefusal(.expired, of: text, by: timed)
        } else {
            #expect(try await answer(text, by: timed) == bank.code(challenge, record, kind: .scan))
        }
    }

    @Test func `time that runs out while the person reads counts too`() async throws {
        struct Slow: Holder {
            let clock: HandClock
            func show(_ prompt: Prompt) async {}
            func consent(to summary: Summary) async throws(HolderError) { clock.set(HandheldBank.issuedAt + 120) }
            func pin(for request: PINRequest) async throws(HolderError) -> PIN { throw .unavailable }
        }
        let clock = HandClock(HandheldBank.issuedAt)
        var generator = SeededGenerator(seed: 8)
        let (timed, record) = try EmulatedScan.manufacture(
            serial: DeviceID("SC-0004"), issuer: bank.issuer.identity, clock: clock.reading, using: &generator)
        try timed.pair(nonce: HandheldBank.nonce, enrolment: "enrolment-1")
        let text = try bank.seal(bank.payment(), 1, for: record)
        let error = await deviceError { () async throws(DeviceError) in try await timed.respond(to: .sealed(text), with: Slow(clock: clock))
        }
        #expect(error?.code == .challengeRefused)
        #expect(timed.screen == .refused(.expired))
    }

    @Test func `manufactured devices repeat with the random source, and no two are alike`() throws {
        var first = SeededGenerator(seed: 1)
        var second = SeededGenerator(seed: 1)
        var publicKeys = Set<Data>()
        for _ in 0..<10 {
            let made = try EmulatedScan.manufacture(serial: DeviceID("SC-9"), issuer: bank.issuer.identity, using: &first).record
            let again = try EmulatedScan.manufacture(serial: DeviceID("SC-9"), issuer: bank.issuer.identity, using: &second).record
            #expect(made.publicKey.rawRepresentation == again.publicKey.rawRepresentation && made.factorySecret == again.factorySecret)
            publicKeys.insert(made.publicKey.rawRepresentation)
        }
        #expect(publicKeys.count == 10)
    }
}
