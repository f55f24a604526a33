import ISO7816
import PCSC
import TestSupport
import Testing

extension PrivatePCSCD {
    /// Lends a slot with a card in it, once the service has seen the card.
    static func withCard<R: Sendable>(
        atr: [UInt8] = WireCard.plainATR, _ react: @escaping @Sendable ([UInt8]) -> WireCard.Reaction = { _ in .answer([0x90, 0x00]) },
        _ body: (String, WireCard) async throws -> R
    ) async throws -> R {
        let service = try await shared
        return try await service.withSlot { slot in
            let card = WireCard(in: slot, atr: atr, react)
            defer { card.pull() }
            try #require(await service.shows(cardWith: ATR(parsing: atr), in: slot))
            return try await body(slot.reader, card)
        }
    }
}

extension PCSCReaders {
    /// What the service says of one reader.
    func content(of reader: String) async throws -> CardSlot.Content? {
        try await slots().first { $0.reader == reader }?.content
    }
}
