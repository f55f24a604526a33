internal import ISO7816
internal import Secrets

extension VirtualReaders {
    /// A reader, and what is in it.
    struct Reader {
        let name: String
        /// Whether it is a stick, which leaves with its card.
        var isStick = false
        var card: VirtualCard?
        /// The number of the insertion that brought the card; no two have the same.
        var insertion = 0
        var faults = FaultInjector(.none)
        var observer: (@Sendable (CommandRecord) -> Void)?
        /// Who waits for the card, until it is pulled.
        var wait: Handover<Void, Interruption>?
        /// Whether the card says nothing any more: until it is pulled or reset.
        var isStuck = false
        /// The number of the session that holds the card.
        var session: Int?

        var slot: CardSlot {
            CardSlot(reader: name, content: card.map { .card($0.atr, exclusive: session != nil) } ?? .empty)
        }

        /// Takes the card out; a session that held it holds nothing any more.
        mutating func pull() -> VirtualCard? {
            let pulled = card
            pulled?.leave()
            card = nil
            session = nil
            observer = nil
            isStuck = false
            wait.take()?.fail(.pulled)
            return pulled
        }
    }

    /// All readers, and who watches them.
    struct State {
        var readers: [Reader] = []
        var watchers: [Int: AsyncStream<[CardSlot]>.Continuation] = [:]
        var lastNumber = 0

        mutating func number() -> Int {
            lastNumber += 1
            return lastNumber
        }

        func index(_ name: String) -> Int? { readers.firstIndex { $0.name == name } }

        /// Puts a card that is nowhere else into an empty reader, and tells.
        mutating func put(_ card: VirtualCard, at index: Int, _ faults: FaultPlan, observer: (@Sendable (CommandRecord) -> Void)?) {
            readers[index].card = card
            readers[index].insertion = number()
            readers[index].faults = FaultInjector(faults)
            readers[index].faults.arm(card)
            readers[index].observer = observer
            tell()
        }

        /// Takes the card out of a reader, or the whole stick out of the machine, and tells; `nil` when there was no card.
        mutating func pull(_ index: Int) -> VirtualCard? {
            guard let card = readers[index].pull() else { return nil }
            if readers[index].isStick { readers.remove(at: index) }
            tell()
            return card
        }

        /// Where the session's card is; a session whose card was pulled has none.
        func place(of session: Int, _ reader: String) throws(CardError) -> (index: Int, card: VirtualCard) {
            guard let index = readers.firstIndex(where: { $0.session == session }), let card = readers[index].card else {
                throw CardError(.removed, reader)
            }
            return (index, card)
        }

        func tell() { for watcher in watchers.values { watcher.yield(readers.map(\.slot)) } }
    }

    /// Why a wait for a card ended.
    enum Interruption: Error {
        case late, pulled, cancelled
    }
}
