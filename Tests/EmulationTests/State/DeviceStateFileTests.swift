import Crypto
import DeviceProtocol
import Foundation
import ScanChallenge
import Secrets
import TestSupport
import Testing

@testable import Emulation

/// What hand-held devices keep in their file, and what of it survives.
@Suite struct DeviceStateFileTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-device-\(UUID().uuidString)")
    private let bank: HandheldBank
    private let clock = HandClock(HandheldBank.issuedAt)

    init() throws {
        bank = try HandheldBank()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func path(_ name: String) -> String { folder.appending(path: name).path }
    private var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() } }

    private func madeScan() throws -> (EmulatedScan, ScanFactoryRecord, DeviceStateFile) {
        let file = try DeviceStateFile.create(at: path("scan"))
        var generator = SeededGenerator(seed: 70)
        let (scan, record) = try EmulatedScan.manufacture(
            serial: DeviceID("SC-0001"), issuer: bank.issuer.identity, file: file, using: &generator)
        try scan.pair(nonce: HandheldBank.nonce, enrolment: "enrolment-1")
        return (scan, record, file)
    }

    @Test func `a Scan goes on where it stopped, and the lock goes with it`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (scan, record, file) = try madeScan()
        let text = try bank.seal(bank.payment(2), 2, for: record)
        let response = try await scan.respond(to: .sealed(text), with: ScriptedHolder())
        #expect(try names == ["scan", "scan.lock"])
        #expect(throws: DeviceStateError.locked(path("scan"))) { try DeviceStateFile.open(at: path("scan")) }
        file.close()
        #expect(try names == ["scan"])

        let again = try EmulatedScan(file: DeviceStateFile.open(at: path("scan")))
        let silent = ScriptedHolder(refusal: .declined)
        #expect(try await again.respond(to: .sealed(text), with: silent) == response)
        let older = try bank.seal(bank.payment(1), 1, for: record)
        let error = await deviceError { () async throws(DeviceError) in try await again.respond(to: .sealed(older), with: silent) }
        #expect(error?.code == .challengeRefused && again.screen == .refused(.alreadyUsed))
    }

    @Test func `a device whose file cannot be written gives no code, and spends nothing`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (scan, record, file) = try madeScan()
        file.close()
        let text = try bank.seal(bank.payment(), 1, for: record)
        let error = await deviceError { () async throws(DeviceError) in try await scan.respond(to: .sealed(text), with: ScriptedHolder()) }
        #expect(error?.code == .challengeRefused)
        #expect(scan.screen == .refused(.notKept) && scan.accepted == nil)
    }

    /// Power is cut after every call of the write in turn, on every disk that may then be found.
    @Test func `a code that was shown has spent its place, whenever power is cut`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (_, record, file) = try madeScan()
        file.close()
        let bytes = Array(try Data(contentsOf: folder.appending(path: "scan")))
        let place = "/nonexistent/tessera/scan"
        let newer = try bank.seal(bank.payment(2), 2, for: record)
        let older = try bank.seal(bank.payment(1), 1, for: record)
        var disks = 0
        for call in 0...100 {
            let disk = FailingDisk()
            try disk.replace(place, with: bytes)
            let scan = try EmulatedScan(file: DeviceStateFile.open(at: place, on: disk))
            disk.trouble(after: call, isPowerCut: true)
            let shown = try? await scan.respond(to: .sealed(newer), with: ScriptedHolder())
            for survivor in disk.survivors {
                let found = try EmulatedScan(file: DeviceStateFile.open(at: place, on: survivor))
                let isSpent =
                    await deviceError { () async throws(DeviceError) in
                        try await found.respond(to: .sealed(older), with: ScriptedHolder())
                    } != nil
                #expect(shown == nil || isSpent, "after call \(call)")
                disks += 1
            }
            guard shown == nil else {
                #expect(call >= 7 && disks > 7)
                return
            }
        }
        Issue.record("no write came to an end")
    }

    @Test func `a Token's file has seed, drift, end of life and battery`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let record = TokenFactoryRecord(serial: try DeviceID("TK-0001"), seed: SymmetricKey(data: Array("12345678901234567890".utf8)))
        let end = Date(timeIntervalSince1970: 2_000_000_000)
        let token = try EmulatedToken(
            record: record, endOfLife: end, drift: 4, file: DeviceStateFile.create(at: path("token")), now: clock.reading)
        try token.press()
        clock.set(HandheldBank.issuedAt + 86_400)
        try token.setDrift(-2)
        clock.set(HandheldBank.issuedAt + 2 * 86_400)
        let copy = path("copy")
        try FileManager.default.copyItem(atPath: path("token"), toPath: copy)
        let again = try EmulatedToken(file: DeviceStateFile.open(at: copy), now: clock.reading)
        #expect(again.endOfLife == end && again.drift == -2 && again.hasPower)
        // It gained 4 seconds in the first day and lost 2 in the second.
        #expect(again.clock.timeIntervalSince(clock.now) == 2)
        #expect(again.display(at: clock.now) == token.display(at: clock.now))
        try again.setPower(false)
        #expect(token.hasPower && !again.hasPower)
    }

    @Test func `one kind of device is not taken for another`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try madeScan().2.close()
        #expect(throws: DeviceStateError.foreign(path("scan"), "Token")) {
            try EmulatedToken(file: DeviceStateFile.open(at: path("scan")), now: clock.reading)
        }
        #expect(throws: DeviceStateError.exists(path("scan"))) { try DeviceStateFile.create(at: path("scan")) }
        #expect(throws: DeviceStateError.missing(path("none"))) { try DeviceStateFile.open(at: path("none")) }
        #expect(try names == ["scan"])
    }

    @Test func `a lock that is a symbolic link is not followed, and where it leads nothing changes`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try madeScan().2.close()
        let (link, target) = (path("scan.lock"), path("other.lock"))
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
        let refusal = DeviceStateError.system("open", link, String(cString: strerror(ELOOP)))
        #expect(throws: refusal) { try DeviceStateFile.open(at: path("scan")) }
        #expect(try names == ["scan", "scan.lock"], "nothing is made where it leads")
        try Data("another's".utf8).write(to: URL(filePath: target))
        #expect(throws: refusal) { try DeviceStateFile.open(at: path("scan")) }
        try FileManager.default.removeItem(atPath: path("scan"))
        #expect(throws: refusal) { try DeviceStateFile.create(at: path("scan")) }
        #expect(try names == ["other.lock", "scan.lock"])
        #expect(try Data(contentsOf: URL(filePath: target)) == Data("another's".utf8))
    }

    /// The one file of a phone, opened under many PINs: each makes a key of 32 bytes, and nothing in the file is a function of
    /// the right one that can be checked.
    @Test func `every PIN opens a phone's file to a plausible key, and no other part of it depends on the PIN`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        var documents: [[String: Any]] = []
        for (name, pin) in [("one", "271828"), ("two", "314159")] {
            let file = try DeviceStateFile.create(at: path(name))
            var generator = SeededGenerator(seed: 71)
            let (phone, _) = try EmulatedMobile.manufacture(
                serial: DeviceID("MO-0001"), issuer: bank.issuer.identity, file: file, now: clock.reading, using: &generator)
            try phone.pair(
                nonce: HandheldBank.nonce, enrolment: "enrolment-1", pin: PIN(.copying(pin.utf8)), using: &generator)
            file.close()
            let json = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appending(path: name))) as? [String: Any]
            documents.append(try #require(json?["device"] as? [String: Any]))
        }
        // The same phone under two PINs: the masked key is all that differs.
        #expect(Self.differences(documents[0], documents[1]) == ["enrolment.codeKey.underPIN._0.masked"])
        let state: HandheldState = try DeviceStateFile.open(at: path("one")).load("phone")
        #expect(state.factorySecret == nil && state.pairing == nil)
        guard case .underPIN(let wrapped) = state.enrolment?.codeKey else {
            Issue.record("the key is not under the PIN")
            return
        }
        var keys = Set<[UInt8]>()
        for pin in stride(from: 0, to: 1_000_000, by: 9973) {
            let key = try wrapped.key(pin: SecretBytes.copying(String(format: "%06d", pin).utf8))
            keys.insert(key.withUnsafeBytes { Array($0) })
        }
        #expect(keys.count == 101 && keys.allSatisfy { $0.count == 32 })
    }

    @Test(arguments: [false, true])
    func `behind its second QR code a device keeps nothing that Kf and the file together would give the keys with`(
        isPhone: Bool
    ) async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        var generator = SeededGenerator(seed: 72)
        let file = try DeviceStateFile.create(at: path("device"))
        let (device, record, answerKey): (any Device, ScanFactoryRecord, AnswerKey?)
        if isPhone {
            let made = try EmulatedMobile.manufacture(
                serial: DeviceID("MO-0001"), issuer: bank.issuer.identity, file: file, now: clock.reading, using: &generator)
            (device, record, answerKey) = (made.device, made.record, made.device.answerKey)
        } else {
            let made = try EmulatedScan.manufacture(
                serial: DeviceID("SC-0001"), issuer: bank.issuer.identity, file: file, using: &generator)
            (device, record, answerKey) = (made.device, made.record, nil)
        }
        func code(_ text: String) async throws -> String {
            guard
                case .code(let code) = try await device.respond(
                    to: .sealed(text), with: ScriptedHolder(pins: ["271828", "271828"]))
            else { return "" }
            return code
        }
        func pairing() throws -> [String: Any] {
            let json = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appending(path: "device"))) as? [String: Any]
            return try #require((json?["device"] as? [String: Any])?["pairing"] as? [String: Any])
        }
        var bankSide = try ScanPairing(
            record, enrolment: "enrolment-1", sequence: ScanSequence(epoch: 1, counter: 1), issuer: bank.issuer, using: &generator)
        _ = try bankSide.take(firstCode: try await code(bankSide.offer), issuer: bank.issuer)
        #expect(try Set(pairing().keys) == ["answered", "offer", "sequence"])
        let confirmation = try #require(bankSide.confirmation)
        let second = try await code(confirmation)
        #expect(bankSide.take(secondCode: second, answerKey: answerKey) == .accepted)
        #expect(try Set(pairing().keys) == ["answered", "sequence"])
        // Both texts still show their codes, and an earlier pairing stays refused.
        #expect(try await code(confirmation) == second)
        #expect(try await code(bankSide.offer).count == 10)
        file.close()
    }

    private static func differences(_ one: [String: Any], _ other: [String: Any]) -> [String] {
        Set(one.keys).union(other.keys).sorted().flatMap { key -> [String] in
            if let one = one[key] as? [String: Any], let other = other[key] as? [String: Any] {
                return differences(one, other).map { "\(key).\($0)" }
            }
            return (one[key] as? NSObject) == (other[key] as? NSObject) ? [] : [key]
        }
    }
}
