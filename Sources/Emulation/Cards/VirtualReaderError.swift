/// Why a reader or card could not be put where the emulation wanted it.
public enum VirtualReaderError: Error, Hashable, Sendable {
    /// No reader of this name is attached.
    case readerMissing(String)
    /// A reader of this name is attached already.
    case readerExists(String)
    /// There is a card in this reader.
    case slotOccupied(String)
    /// There is no card in this reader.
    case slotEmpty(String)
    /// The card is in this slot; a card is in one place at a time.
    case cardElsewhere(String)
}

extension VirtualReaderError: CustomStringConvertible {
    /// What is in the way, and what to do.
    public var description: String {
        switch self {
        case .readerMissing(let name): "no virtual reader \"\(name)\": attach it first"
        case .readerExists(let name): "a virtual reader \"\(name)\" is attached already: choose another name"
        case .slotOccupied(let name): "there is a card in \"\(name)\": pull it first"
        case .slotEmpty(let name): "there is no card in \"\(name)\": insert one first"
        case .cardElsewhere(let name): "the card is in \"\(name)\": pull it there first"
        }
    }
}
