import ISO7816

/// What is new of the readers, in both forms in which it is told.
struct ReaderNews: Equatable {
    /// What happened, in order.
    var events: [ReaderEvent] = []
    /// How things stood after it, in order; none when nothing of a slot differs.
    var snapshots: [[CardSlot]] = []
}

/// What a consumer has been told of the readers, and what news there is for it.
///
/// A value without calls: the service's states in, events and snapshots out.
struct ReaderView {
    private var states: [ReaderState] = []
    private var last: [CardSlot]?
    private var loss: CardError?

    /// Whether exactly these readers have been told, of a service that is there.
    func hasTold(_ names: [String]) -> Bool { last != nil && loss == nil && states.map(\.name) == names }

    /// The states to ask for: known ones as the service gave them, new readers as unknown.
    func request(for names: [String]) -> [ReaderState] {
        names.map { name in states.first { $0.name == name } ?? ReaderState(name: name) }
    }

    /// Takes what the service answered.
    mutating func take(_ new: [ReaderState]) -> ReaderNews {
        var news = replace(with: new)
        if loss != nil { news.events.insert(.serviceBack, at: 0) }
        loss = nil
        return news
    }

    /// The service is gone for this reason, and all readers with it.
    mutating func serviceWentAway(_ reason: CardError) -> ReaderNews {
        var news = replace(with: [])
        if loss != reason { news.events.insert(.serviceLost(reason), at: 0) }
        loss = reason
        return news
    }

    private mutating func replace(with new: [ReaderState]) -> ReaderNews {
        let slots = new.map { CardSlot(reader: $0.name, content: $0.content) }
        let swapped = Set(new.filter(isSwapped).map(\.name))
        var news = ReaderNews(events: events(to: new, swapped: swapped))
        if !swapped.isEmpty {
            // The card was away in between: whoever holds something of it must hear so.
            news.snapshots.append(slots.map { swapped.contains($0.reader) ? CardSlot(reader: $0.reader, content: .empty) : $0 })
            news.snapshots.append(slots)
        } else if slots != last {
            news.snapshots.append(slots)
        }
        states = new
        last = slots
        return news
    }

    /// What must have happened between the states that are known and `new`: first who went, then who came.
    private func events(to new: [ReaderState], swapped: Set<String>) -> [ReaderEvent] {
        var events: [ReaderEvent] = []
        for old in states where !new.contains(where: { $0.name == old.name }) {
            if old.content != .empty { events.append(.cardRemoved(reader: old.name)) }
            events.append(.readerLeft(old.name))
        }
        for reader in new {
            let old = states.first { $0.name == reader.name }
            if old == nil { events.append(.readerArrived(reader.name)) }
            if swapped.contains(reader.name) { events.append(.cardRemoved(reader: reader.name)) }
            let event = Self.event(of: reader)
            if swapped.contains(reader.name) || event != (old.map(Self.event) ?? .cardRemoved(reader: reader.name)) { events.append(event) }
        }
        return events
    }

    /// The event after which a reader is in this state.
    private static func event(of state: ReaderState) -> ReaderEvent {
        switch state.content {
        case .empty: .cardRemoved(reader: state.name)
        case .card(let atr, _): .cardInserted(atr, reader: state.name)
        case .mute: .cardMute(reader: state.name)
        }
    }

    /// Whether the card in the reader is not the one that was there, or was out and in again.
    private func isSwapped(_ new: ReaderState) -> Bool {
        guard let old = states.first(where: { $0.name == new.name }) else { return false }
        return old.content != .empty && new.content != .empty && old.eventCount != new.eventCount
    }
}
