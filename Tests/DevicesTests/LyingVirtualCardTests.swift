import CardApplications
import DeviceProtocol
import Devices
import Emulation
import Foundation
import ISO7816
import TestSupport
import Testing

/// A card that lies is told from one that works, in bounded time, and costs no PIN try.
@Suite(.timeLimit(.minutes(5))) struct LyingVirtualCardTests {
    private static let reader = "Virtual Reader 00"

    private func card(_ application: String) throws -> VirtualCard {
        let authority = try TestAuthority(now: Date())
        switch application {
        case "PIV": return try .piv(holder: "Test Holder", keys: .p256, authority: authority, now: Date())
        default: return try .pkcs15(holder: "Test Holder", keys: .p256, authority: authority, now: Date())
        }
    }

    /// What reading and signing use: SELECT, READ BINARY, GET DATA, VERIFY, MSE, PSO, GENERAL AUTHENTICATE.
    private static let instructions: [UInt8] = [0xA4, 0xB0, 0xCB, 0x20, 0x22, 0x2A, 0x87]

    @Test(arguments: ["PIV", "PKCS#15"], CardLie.allCases)
    func `whatever it lies about, opening and signing come to an end`(application: String, lie: CardLie) async throws {
        let card = try card(application)
        let readers = VirtualReaders()
        try readers.attach(Self.reader)
        try readers.insert(card, in: Self.reader)
        let device = try await CardDevice.opening(reader: Self.reader, of: readers, isEmulated: true)
        let challenge = try CardBench.challenge(Ask.login)
        for instruction in Self.instructions {
            card.tell(lie, to: [instruction])
            _ = try? await CardDevice.opening(reader: Self.reader, of: readers, isEmulated: true)
            let holder = ScriptedHolder(pins: ["123456"])
            var answer: Response?
            do throws(DeviceError) { answer = try await device.respond(to: .plain(challenge), with: holder) } catch {
                #expect(!error.description.isEmpty)
            }
            let covered = challenge.coveredBytes(as: .card, by: device.descriptor.id)
            if let answer { #expect(try answer.isSignature(over: covered), "\(lie.rawValue) to \(instruction)") }
            card.tell(nil)
        }
        // The right PIN was all that it ever got.
        _ = try await device.respond(to: .plain(challenge), with: ScriptedHolder(pins: ["123456"]))
    }
}
