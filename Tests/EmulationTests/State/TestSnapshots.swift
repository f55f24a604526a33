import ISO7816
import Secrets

@testable import Emulation

/// Small memories, and seals that cost next to nothing.
enum TestSnapshots {
    private static let key = Result { try VirtualKey.generate(.p256) }

    static func snapshot(tries: UInt8 = 5) throws -> CardSnapshot {
        CardSnapshot(
            .piv, atr: try ATR(parsing: [0x3B, 0x80, 0x80, 0x01, 0x01]), takesExtendedLength: true,
            cells: [
                "PIV PIN tries": .bytes([tries, 5]), "PIV PIN value": .secret(Array("271828".utf8) + [0xFF, 0xFF]),
                "PIV key 9A": .key(try key.get()), CardModel.issuerCell: .bytes(Array(repeating: 0x42, count: 600)),
            ])
    }

    static func cells(tries: UInt8) throws -> [String: CardMemory.Value] { try snapshot(tries: tries).cells }

    static func seal(_ passphrase: String = "correct horse") throws -> CardStateSeal {
        try .fresh(from: .copying(passphrase.utf8), parameters: .init(rounds: 2, blockSize: 1, parallelism: 1))
    }
}

extension CardSnapshot {
    /// The tries that are left, as the memory has them.
    var tries: UInt8? {
        if case .bytes(let bytes) = cells["PIV PIN tries"] { return bytes.first }
        return nil
    }
}
