import Emulation
import Foundation
import ISO7816

/// Signatures of an emulated PIV card without a reader: the bytes of GENERAL AUTHENTICATE in, the signature out.
///
/// One APDU each way, in the extended form; SP 800-73-4 part 2, 3.2.4.
final class ProcessedSignatures: Workload {
    let name = "VirtualCard.process"
    private let card: VirtualCard
    private let command: [UInt8]

    init(_ kind: CardKeyKind) throws {
        let now = Date()
        card = try .piv(holder: "Test Holder", keys: kind, pin: "123456", authority: TestAuthority(now: now), now: now)
        let (algorithm, input): (UInt8, [UInt8]) = kind == .p256 ? (0x11, SigningInput.digest) : (0x07, SigningInput.block)
        command = try CommandAPDU(
            instruction: 0x87, p1: algorithm, p2: 0x9A, data: TLV(0x7C, containing: [TLV(0x82, []), TLV(0x81, input)]).encoded,
            expectedLength: 65_536
        ).encoded(.extended)
        card.powerOn()
        let verify = [0x00, 0x20, 0x00, 0x80, 0x08] + Array("123456".utf8) + [0xFF, 0xFF]
        guard card.process(verify) == [0x90, 0x00] else { throw BenchmarkError("VERIFY was refused") }
    }

    func run(_ count: Int) throws {
        for _ in 0..<count {
            let answer = card.process(command)
            guard answer.suffix(2) == [0x90, 0x00] else { throw BenchmarkError("GENERAL AUTHENTICATE was refused") }
            keep(answer)
        }
    }
}

/// What is signed.
enum SigningInput {
    /// Smaller than every modulus of 2048 bits, as a padded block is.
    static let block = [0x00, 0x01] + [UInt8](repeating: 0xFF, count: 254)
    /// As long as a digest of SHA-256.
    static let digest = [UInt8](repeating: 0x5A, count: 32)
}
