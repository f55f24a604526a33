import CEchoCard
import Emulation
import Foundation
import ISO7816

/// Many cards in this process at a vpcd of our own, which asks them all at once: one command to each, then every answer.
final class CardCrowd: Workload {
    static let size = 64
    let name: String
    private let cards: [Int32]
    /// The cards, or who serves them.
    private let owners: [Any]

    private init(_ name: String, _ cards: [Int32], _ owners: [Any]) {
        self.name = name
        self.cards = cards
        self.owners = owners
    }

    deinit {
        let slots = owners.compactMap { $0 as? VPCDSlot }
        Task { for slot in slots { await slot.remove() } }
        for card in cards { card_crowd_close(card) }
    }

    func run(_ count: Int) throws {
        let command = CardBehindService.command
        let result = unsafe card_crowd_run(cards, cards.count, command, command.count, count)
        try BenchmarkError.check(result == 0, "card_crowd_run")
    }

    /// Emulated PIV cards, each with four P-256 keys and certificates of its own; tells what memory they take.
    static func emulated(report: (String) -> Void) async throws -> CardCrowd {
        let server = try Server()
        let now = Date()
        let authority = try TestAuthority(now: now)
        func member() async throws -> (Int32, VPCDSlot) {
            let card = try VirtualCard.piv(holder: "Test Holder", keys: .p256, authority: authority, now: now)
            async let slot = VPCDSlot.inserting(card, host: "127.0.0.1", port: server.port)
            return (try await server.accept(), try await slot)
        }
        // What is made once for all cards is there before the first figure.
        let first = try await member()
        defer { card_crowd_close(first.0) }
        let before = Memory()
        var members: [(Int32, VPCDSlot)] = []
        for _ in 0..<size { members.append(try await member()) }
        let crowd = CardCrowd("\(size) PIV cards", members.map(\.0), members.map(\.1))
        try crowd.run(100)
        let after = Memory()
        let each = (after.resident - before.resident) / size / 1024
        report("\(size) cards: \(each) KiB resident a card; \(after.threads) threads, \(after.resident / 1024 / 1024) MiB in all")
        await first.1.remove()
        return crowd
    }

    /// As many echo cards, which give the same answer.
    static func echoes() async throws -> CardCrowd {
        let server = try Server()
        let now = Date()
        let card = try VirtualCard.piv(holder: "Test Holder", keys: .p256, authority: TestAuthority(now: now), now: now)
        card.powerOn()
        let answer = card.process(CardBehindService.command)
        var members: [(Int32, EchoCard)] = []
        for _ in 0..<size {
            let echo = try EchoCard(port: server.port, atr: card.atr.bytes, answer: answer)
            members.append((try await server.accept(), echo))
        }
        return CardCrowd("\(size) echo cards in C", members.map(\.0), members.map(\.1))
    }

    /// vpcd's side.
    private final class Server: Sendable {
        let port: UInt16
        private let listener: Int32

        init() throws {
            var port: UInt16 = 0
            listener = unsafe card_crowd_listen(&port)
            self.port = port
            try BenchmarkError.check(listener >= 0, "card_crowd_listen")
        }

        deinit { card_crowd_close(listener) }

        /// The socket of the next card.
        func accept() async throws -> Int32 {
            let listener = listener
            let card = await withCheckedContinuation { continuation in
                Thread.detachNewThread { continuation.resume(returning: card_crowd_accept(listener)) }
            }
            try BenchmarkError.check(card >= 0, "card_crowd_accept")
            return card
        }
    }
}

/// What this process takes of the machine; proc(5).
private struct Memory {
    /// In bytes.
    let resident: Int
    let threads: Int

    init() {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        func number(_ field: String) -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix(field) } ?? ""
            return Int(line.filter(\.isNumber)) ?? 0
        }
        resident = number("VmRSS:") * 1024
        threads = number("Threads:")
    }
}
