import Emulation
import Foundation
import ISO7816

/// Cards from their making to Ctrl-C: made or opened, inserted, told about, taken out.
struct EmulationRun {
    private let recipe: CardRecipe
    private let options: EmulationOptions
    private let screen: EmulationScreen
    private let remark: String?

    /// - Parameter remark: what a person has to know of this kind of card.
    init(_ recipe: CardRecipe, _ options: EmulationOptions, _ output: OutputOptions, remark: String? = nil) {
        self.recipe = recipe
        self.options = options
        self.remark = remark
        screen = EmulationScreen(isJSON: output.json)
    }

    func run() async throws {
        let cards = try await EmulatedCards(recipe: recipe, options: options, screen: screen).all()
        defer { for card in cards { card.file?.close() } }
        var placed: [PlacedCard] = []
        do {
            for (card, place) in zip(cards, options.places) {
                placed.append(try await PlacedCard.insert(card.card, at: place, options))
                try tell(card, at: place)
            }
            if let remark { screen.remark(remark) }
            for caution in cautions(of: cards) { screen.remark(caution) }
            try await follow(placed, cards)
        } catch {
            try? await takeOut(placed)
            throw error
        }
        try await takeOut(placed)
    }

    private func takeOut(_ placed: [PlacedCard]) async throws {
        for slot in placed { await slot.remove() }
        for number in placed.indices.map({ $0 + 1 }) {
            try screen.tell(
                EmulationEvent(event: .removed, card: number), placed.count == 1 ? "The card is out." : "Card \(number) is out.")
        }
    }

    /// What is inferred of these cards, each sentence once.
    private func cautions(of cards: [EmulatedCard]) -> [String] {
        let applications = cards.compactMap { $0.card.model.flatMap(EmulatedApplication.init) }
        return applications.compactMap(\.caution).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    private func tell(_ card: EmulatedCard, at place: Endpoint) throws {
        let event = EmulationEvent(
            event: .inserted, card: card.number, model: card.card.model?.rawValue, inferred: card.card.model?.isInferred,
            atr: card.card.atr.bytes.hexadecimal, place: place.description, state: card.file?.path)
        try screen.tell(
            event,
            options.vscard == nil
                ? "\(card.name) is in the slot at \(place). Ctrl-C takes it out."
                : "\(card.name) waits for QEMU's reader at \(place). Ctrl-C takes it out.")
    }

    private func tell(_ news: WriteNews.News, of card: EmulatedCard, isOnlyOne: Bool) throws {
        var event: EmulationEvent
        var sentence: String
        switch news {
        case .failed(let error):
            event = EmulationEvent(event: .unwritten, card: card.number, text: error.description, hint: error.hint)
            sentence = "\(error); programs get 6581: \(error.hint)"
        case .recovered:
            sentence = "the card's memory is written again"
            event = EmulationEvent(event: .written, card: card.number, text: sentence)
        }
        if !isOnlyOne { sentence = "Card \(card.number): \(sentence)" }
        event.state = card.file?.path
        try screen.tell(event, sentence)
    }

    /// Tells each change of a slot, and of a file that cannot be written, until the program is to end, or the last card has come
    /// out by itself.
    private func follow(_ placed: [PlacedCard], _ cards: [EmulatedCard]) async throws {
        var last = placed.map(\.telling)
        var writes = cards.map { _ in WriteNews() }
        while !Task.isCancelled, placed.contains(where: { $0.telling != nil }) {
            try? await Task.sleep(for: .milliseconds(250))
            for (index, card) in cards.enumerated() {
                guard let file = card.file else { continue }
                for news in writes[index].news(of: file.writes) { try tell(news, of: card, isOnlyOne: cards.count == 1) }
            }
            for (index, slot) in placed.enumerated() {
                guard let text = slot.telling, text != last[index] else { continue }
                last[index] = text
                try screen.tell(
                    EmulationEvent(event: .status, card: index + 1, text: text), placed.count == 1 ? text : "Card \(index + 1): \(text)")
            }
        }
    }
}
