import CardApplications
import CardTrace
import Foundation
import ISO7816
import ScanChallenge
import Secrets
import Synchronization

@testable import Emulation

/// Where fuzzing starts: what honest cards answer, for ``FuzzedCard``, and what they are asked, for ``EmulatedCard``.
enum CardSeeds {
    /// Writes the seeds of a target into `folder`; most need none.
    static func write(for target: FuzzTarget?, to folder: String) async throws {
        switch target {
        case .card: try await writeAnswers(to: folder)
        case .piv, .pivRSA: try write(CommandSeeds.piv, to: folder)
        case .pkcs15, .isoPKCS15, .iasClassic, .classicV3, .eID: try write(CommandSeeds.fileSystem, to: folder)
        case .state: try writeStates(to: folder)
        case .ocsp: try Data(FuzzedFiles.request).write(to: URL(filePath: folder).appending(path: "seed"))
        case .payload: try write(FuzzedScan.seeds(), to: folder)
        case .pairing: try write(FuzzedHandhelds.pairings(), to: folder)
        case .handheld: try write(FuzzedHandhelds.states(), to: folder)
        case .ticket: try write(FuzzedHandhelds.tickets(), to: folder)
        case .base45:
            let envelope = [UInt8](1...100)
            try Data((ScanEnvelope.prefix + Base45.encode(envelope)).utf8).write(to: URL(filePath: folder).appending(path: "seed"))
        case .picture: try FuzzedFiles.writePictures(to: folder)
        case .ocraSuite: try FuzzedTexts.write(FuzzedTexts.suites, to: folder)
        case .uri: try FuzzedTexts.write(FuzzedTexts.addresses, to: folder)
        case .pskc: try FuzzedContainers.write(to: folder)
        default: break
        }
    }

    private static func write(_ seeds: [[UInt8]], to folder: String) throws {
        for (index, seed) in seeds.enumerated() {
            try Data(seed).write(to: URL(filePath: folder).appending(path: "seed-\(index)"))
        }
    }

    private static func write(_ conversations: [[String]], to folder: String) throws {
        for (index, commands) in conversations.enumerated() {
            let stream = commands.compactMap { [UInt8](hexadecimal: $0) }.flatMap { [UInt8($0.count >> 8), UInt8($0.count & 0xFF)] + $0 }
            try Data(stream).write(to: URL(filePath: folder).appending(path: "seed-\(index)"))
        }
    }

    /// Writes the state file of two cards into `folder`.
    private static func writeStates(to folder: String) throws {
        let now = Date()
        let authority = try TestAuthority(now: now)
        let cards: [(String, VirtualCard)] = [
            ("piv", try .piv(holder: "Seed", keys: .p256, authority: authority, now: now)),
            ("iso", try .isoPKCS15(holder: "Seed", keys: .p256, authority: authority, now: now)),
        ]
        for (name, card) in cards {
            guard let snapshot = card.snapshot else { continue }
            try write(snapshot, to: folder, name)
        }
        // Files that everybody may write, as no real card has them.
        guard let iso = cards.last?.1.snapshot else { return }
        for order in [RecordStructure.Order.linearFixed, .linearVariable, .cyclic] {
            var image = FileSystemImage(.iso)
            let structure = RecordStructure(order: order, length: 2, capacity: 3)
            image.add([0x2F01], RecordList(structure, records: [[0x01, 0x02]]), update: .always, shortIdentifier: 0x1E)
            image.add([0x2F02], Array(repeating: 0x5A, count: 16), update: .always)
            try write(iso.with(image.memory().contents), to: folder, "records-\(order)")
        }
    }

    private static func write(_ snapshot: CardSnapshot, to folder: String, _ name: String) throws {
        try Data(CardStateDocument(snapshot, seal: nil).encoded()).write(to: URL(filePath: folder).appending(path: "seed-\(name)"))
    }

    /// Writes one file a card into `folder`.
    private static func writeAnswers(to folder: String) async throws {
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
