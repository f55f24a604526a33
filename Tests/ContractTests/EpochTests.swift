import Crypto
import DeviceProtocol
import Emulation
import Foundation
import SQLiteStore
import ScanChallenge
import Testing
import Verification

/// A bank whose database was restored from a backup, and devices that have seen more than the backup knows.
@Suite struct EpochTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-epoch-\(UUID().uuidString)")

    private func login() throws -> Challenge.Content { .login(try Login(place: "Luxembourg", browser: "a test")) }

    /// What the device says to the next challenge.
    private func answers(_ bank: Bank, _ device: any Device) async throws -> Bool {
        let (challenge, presentation) = try await bank.ask(try login(), of: device)
        let response: Response
        do throws(DeviceError) {
            response = try await device.respond(to: presentation, with: ScriptedHolder(pins: ["123456"]))
        } catch {
            guard error.code == .challengeRefused else { throw error }
            return false
        }
        return try await bank.operations.submit(response, to: challenge.id).name == "succeeded"
    }

    private func next(_ bank: Bank, _ device: any Device) async throws -> ScanSequence? {
        try await bank.enrolments.enrolment(of: device.descriptor.id)?.sealing?.next
    }

    @Test func `after a restore a device refuses what it has seen, and accepts the new epoch`() async throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (live, backup) = (folder.appending(path: "bank.sqlite").path, folder.appending(path: "backup.sqlite").path)
        let bank = try await Bank(store: SQLiteStore(at: live, mark: .test))
        let (scan, phone) = (try await bank.enrolScan(), try await bank.enrolMobile())
        #expect(try await answers(bank, scan))
        #expect(try await next(bank, scan) == ScanSequence(epoch: 1, counter: 2))
        // Nobody writes now: file and log together are what a backup has.
        for end in ["", "-wal"] where FileManager.default.fileExists(atPath: live + end) {
            try FileManager.default.copyItem(atPath: live + end, toPath: backup + end)
        }
        for _ in 0..<3 { #expect(try await answers(bank, scan)) }

        let restored = try bank.with(store: SQLiteStore(at: backup, mark: .test))
        #expect(try await !answers(restored, scan), "the device has seen that place")
        #expect(try await restored.enrolments.beginEpoch() == 2)
        #expect(try await next(restored, scan) == ScanSequence(epoch: 2, counter: 1))
        #expect(try await next(restored, phone) == ScanSequence(epoch: 2, counter: 1))
        #expect(try await answers(restored, scan))
        #expect(try await answers(restored, phone))
        #expect(try await !answers(bank, scan), "what the old database goes on with is refused")
    }

    @Test func `an epoch is above every one that is known, and those of the last one are refused`() async throws {
        let bank = try await Bank()
        let scan = try await bank.enrolScan()
        _ = try await bank.enrolToken()
        #expect(try await bank.enrolments.beginEpoch(after: 7) == 8)
        #expect(try await bank.enrolments.beginEpoch() == 9)
        #expect(try await answers(bank, scan))
        #expect(try await bank.enrolments.beginEpoch(after: .max - 1) == .max)
        #expect(try await answers(bank, scan))
        await #expect(throws: VerificationError.scan(.unusableKey("all epochs are spent"))) { try await bank.enrolments.beginEpoch() }
        #expect(try await answers(bank, scan))
    }

    @Test func `a thousand devices go on in the new epoch, all of them`() async throws {
        let bank = try await Bank()
        var random = SystemRandomNumberGenerator()
        let key = Curve25519.KeyAgreement.PrivateKey().publicKey
        for number in 0..<1001 {
            let record = try ScanFactoryRecord(serial: DeviceID("S-\(number)"), publicKey: key, factorySecret: SymmetricKey(size: .bits256))
            let name = EnrolmentID(using: &random)
            let keys = try ScanKeys(record: record, nonce: Array(0..<16), enrolment: name.rawValue)
            try await bank.enrolments.enrol(
                record.serial, as: .scan, for: SubscriberID("s-\(number)"), with: .pairing(record, keys), id: name, isEmulated: true)
        }
        try await bank.enrolments.beginEpoch()
        for number in stride(from: 0, through: 1000, by: 125) {
            let enrolment = try await bank.enrolments.enrolment(of: DeviceID("S-\(number)"))
            #expect(enrolment?.sealing?.next == ScanSequence(epoch: 2, counter: 1))
        }
    }
}
