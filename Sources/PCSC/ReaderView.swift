import ISO7816

/// What a consumer has been told of the readers, and what news there is for it.
///
/// A value without calls: states in, snapshots out.
struct ReaderView {
    private var states: [ReaderState] = []
    private var last: [CardSlot]?

    /// Whether nothing has been told yet.
    var isFresh: Bool { last == nil }

    /// The states to ask for: known ones as the service gave them, new readers as unknown.
    func request(for names: [String]) -> [ReaderState] {
        names.map { name in states.first { $0.name == name } ?? ReaderState(name: name) }
    }

    /// Takes what the service answered.
    ///
    /// - Returns: the snapshots that are news, in order: none when only something invisible changed.
    mutating func take(_ new: [ReaderState]) -> [[CardSlot]] {
        let slots = new.map { CardSlot(reader: $0.name, content: $0.content) }
        let swapped = Set(new.filter(isSwapped).map(\.name))
        var news: [[CardSlot]] = []
        if !swapped.isEmpty {
            // The card was away in between: whoever holds something of it must hear so.
            news.append(slots.map { swapped.contains($0.reader) ? CardSlot(reader: $0.reader, content: .empty) : $0 })
            news.append(slots)
        } else if slots != last {
            news.append(slots)
        }
        states = new
        last = slots
        return news
    }

    /// The service is gone, and all readers with it.
    ///
    /// - Returns: the empty snapshot, when that is news.
    mutating func serviceWentAway() -> [[CardSlot]] { take([]) }

    /// Whether the card in the reader is not the one that was there, or was out and in again.
    private func isSwapped(_ new: ReaderState) -> Bool {
        guard let old = states.first(where: { $0.name == new.name }) else { return false }
        return old.content != .empty && new.content != .empty && old.eventCount != new.eventCount
    }
}
