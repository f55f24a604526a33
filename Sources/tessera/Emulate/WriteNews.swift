import Emulation

/// What is new about the writes of a card's file: each change once, however often the card's programs try.
struct WriteNews {
    /// One thing to tell.
    enum News: Equatable {
        /// A write has failed, and the card's programs get `6581`.
        case failed(CardMemoryError)
        /// One has gone well after that.
        case recovered
    }

    private var last = CardStateWrites()

    /// What has happened since the last time, in order.
    mutating func news(of writes: CardStateWrites) -> [News] {
        var news: [News] = []
        if let failure = writes.lastFailure, writes.failures != last.failures, !last.isFailing || failure != last.lastFailure {
            news.append(.failed(failure))
        }
        if !writes.isFailing, last.isFailing || !news.isEmpty { news.append(.recovered) }
        last = writes
        return news
    }
}
