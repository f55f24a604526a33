import Emulation
import Foundation
import ISO7816
import Secrets

/// Signatures of an emulated PIV card in an emulated reader: one VERIFY, then GENERAL AUTHENTICATE again and again.
///
/// Two APDUs a signature out (chained), two back; SP 800-73-4 part 2, 3.2.4.
final class CardSignatures: Workload {
    let name = "GENERAL AUTHENTICATE"
    private let session: any CardSession
    private let command: CommandAPDU
    private let readers = VirtualReaders()

    init() async throws {
        let now = Date()
        let card = try VirtualCard.piv(holder: "Test Holder", pin: "123456", authority: TestAuthority(now: now), now: now)
        try readers.attach("Reader")
        try readers.insert(card, in: "Reader")
        session = try readers.open("Reader")
        command = CommandAPDU(
            instruction: 0x87, p1: 0x07, p2: 0x9A, data: TLV(0x7C, containing: [TLV(0x82, []), TLV(0x81, SigningInput.block)]).encoded,
            expectedLength: 256)

        let select = CommandAPDU(instruction: 0xA4, p1: 0x04, data: [0xA0, 0x00, 0x00, 0x03, 0x08], expectedLength: 256)
        guard try await session.send(select).status == .success else { throw BenchmarkError("SELECT was refused") }
        let pin = try SecretBytes.copying(Array("123456".utf8) + [0xFF, 0xFF])
        guard try await session.send(SensitiveCommand.making(instruction: 0x20, p2: 0x80, body: pin)) == .success else {
            throw BenchmarkError("VERIFY was refused")
        }
    }

    func run(_ count: Int) async throws {
        for _ in 0..<count {
            let response = try await session.send(command)
            guard response.status == .success else { throw BenchmarkError("GENERAL AUTHENTICATE was refused") }
            keep(response.data)
        }
    }
}
