internal import Foundation

// What whoever made a card wants to know of it later. It goes with the card's memory, and no command reads it.

extension CardModel {
    /// The cell with the notes.
    static let notesCell = "notes"
}

extension CardSnapshot {
    /// The same card with notes for whoever opens its file later; they stand there in the clear, sealed card or not.
    public func noted(_ notes: [String: String]) -> CardSnapshot {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Text has a form in JSON.
        guard let data = try? encoder.encode(notes) else { return self }
        return with(cells.merging([CardModel.notesCell: .bytes(Array(data))]) { $1 })
    }
}

extension VirtualCard {
    /// What ``CardSnapshot/noted(_:)`` left; `nil` for a card without notes.
    public var notes: [String: String]? {
        memory.bytes(CardModel.notesCell).flatMap { try? JSONDecoder().decode([String: String].self, from: Data($0)) }
    }
}
