import CardApplications
import CardTrace
import Emulation
import Foundation
import ISO7816
import Secrets
import Synchronization

/// Where fuzzing of whole cards starts: what honest cards answer, in the form that ``FuzzedCard`` cuts up.
enum CardSeeds {
    /// Writes one file a card into `folder`.
    static func write(to folder: String) async throws {
        let now = Date()
        let authority = try TestAuthority(now: now)
        let cards: [(String, VirtualCard)] = [
            ("piv", try .piv(holder: "Seed", keys: .p256, authority: authority, now: now)),
            ("piv-short", try .piv(holder: "Seed", authority: authority, now: now, transmission: .t0)),
            ("pkcs15", try .pkcs15(holder: "Seed", keys: .p256, authority: authority, now: now)),
            ("ias-classic", try .iasClassic(.v4, holder: "Seed", authority: authority, now: now)),
            ("classic-v3", try .iasClassic(.v3, holder: "Seed", authority: authority, now: now)),
        ]
        for (name, card) in cards { try Data(try await answers(of: card)).write(to: URL(filePath: folder).appending(path: name)) }
    }

    /// The card's ATR and all its answers, each behind its length.
    private static func answers(of card: VirtualCard) async throws -> [UInt8] {
        let readers = VirtualReaders()
        try readers.attach("seeds")
        try readers.insert(card, in: "seeds")
        let stream = Mutex<[UInt8]>([])
        let source = TracedSource(readers) { event in
            let bytes: [UInt8]
            switch event {
            case .opened(_, let atr): bytes = atr.bytes
            case .exchange(let exchange):
                guard case .answered(let answer) = exchange.outcome else { return }
                bytes = answer
            case .ended: return
            }
            stream.withLock { $0 += [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes }
        }
        try await source.withCard(in: "seeds", ending: .reset) { channel async throws(CardError) in await FuzzedCard.use(channel) }
        return stream.withLock { $0 }
    }
}
