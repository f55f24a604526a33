import ISO7816
import PCSC
import TestSupport
import Testing

extension PCSCReaders {
    /// Readers with deadlines that no loaded machine misses.
    static let patient = PCSCReaders(
        deadlines: PCSCDeadlines(connect: .seconds(60), beginTransaction: .seconds(60), transmit: .seconds(60), status: .seconds(60)))

    /// What the service says of one reader.
    func content(of reader: String) async throws -> CardSlot.Content? {
        try await slots().first { $0.reader == reader }?.content
    }
}

extension PrivatePCSCD {
    /// Lends a slot of the shared daemon, once the card of whoever had it before is gone.
    static func withEmptySlot<R: Sendable>(_ body: (Slot) async throws -> R) async throws -> R {
        try await shared.withSlot { slot in
            try #require(await eventually { try await PCSCReaders.patient.content(of: slot.reader) == .empty })
            return try await body(slot)
        }
    }

    /// Lends a slot with a card in it, once the service has seen the card.
    static func withCard<R: Sendable>(
        atr: [UInt8] = WireCard.plainATR, _ react: @escaping @Sendable ([UInt8]) -> WireCard.Reaction = { _ in .answer([0x90, 0x00]) },
        _ body: (String, WireCard) async throws -> R
    ) async throws -> R {
        try await withEmptySlot { slot in
            let card = WireCard(in: slot, atr: atr, react)
            defer { card.pull() }
            let expected = CardSlot.Content.card(try ATR(parsing: atr), exclusive: false)
            try #require(await eventually { try await PCSCReaders.patient.content(of: slot.reader) == expected })
            return try await body(slot.reader, card)
        }
    }
}
