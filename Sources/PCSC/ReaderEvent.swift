public import ISO7816

/// One thing that happened to the readers of this machine.
///
/// Told one after another from an empty beginning, events give the same picture as the snapshots of
/// ``PCSCReaders/changes()``; only who uses a card is no event.
public enum ReaderEvent: Equatable, Sendable {
    /// A reader was plugged in, or was there when the watch began.
    case readerArrived(String)
    /// A reader was unplugged, or went with the service. Its card was told as removed before.
    case readerLeft(String)
    /// A card is in the reader, powered, with this Answer-to-Reset.
    case cardInserted(ATR, reader: String)
    /// A card is in the reader that does not answer, or not as the standard says.
    case cardMute(reader: String)
    /// The reader is empty. A card that was swapped unseen is told as removed, then as inserted.
    case cardRemoved(reader: String)
    /// The service cannot be reached, for this reason; cards and readers are then told as gone, in this order.
    ///
    /// It is told again when the reason changes. The monitor tries again by itself, at least twice a second.
    case serviceLost(CardError)
    /// The service is there again; its readers and their cards are told as new.
    case serviceBack
}
