import ISO7816
import Synchronization

/// How many threads stand abandoned at each reader, and why.
///
/// An abandoned thread costs memory and a connection to the service until its call returns, so there are never more than
/// ``limit`` at one reader. They return when the reader is unplugged or the other program lets the card go.
final class StuckReaders: Sendable {
    /// What a thread is stuck behind.
    enum Cause: Hashable, Sendable {
        /// A reader, a card or the service that does not answer.
        case silence
        /// Another program's hold on the card; also an opening, or an entry at the reader's keys, that was cancelled: neither says anything
        /// against the reader.
        case otherProgram
    }

    /// The number of abandoned threads at which a reader is left alone.
    static let limit = 4

    private struct Place: Hashable {
        let reader: String
        let cause: Cause
    }

    private let counts = Mutex<[Place: Int]>([:])

    /// Allows one more thread at `reader`.
    ///
    /// - Throws: ``CardError/Code/readerUnavailable``, or ``CardError/Code/heldByAnotherProgram`` when that is all.
    func admit(_ reader: String) throws(CardError) {
        let (silent, held) = counts.withLock { counts in
            (counts[Place(reader: reader, cause: .silence)] ?? 0, counts[Place(reader: reader, cause: .otherProgram)] ?? 0)
        }
        guard silent + held >= Self.limit else { return }
        throw CardError(silent > 0 ? .readerUnavailable : .heldByAnotherProgram, reader, detail: "\(silent + held) calls have not returned")
    }

    /// Whether some thread waits at `reader` for an answer that does not come.
    func isSilent(_ reader: String) -> Bool {
        counts.withLock { ($0[Place(reader: reader, cause: .silence)] ?? 0) > 0 }
    }

    /// Counts a thread that nobody waits for any more.
    func abandon(_ reader: String, _ cause: Cause) {
        counts.withLock { $0[Place(reader: reader, cause: cause), default: 0] += 1 }
    }

    /// Takes such a thread off the count: its call has returned.
    func returned(_ reader: String, _ cause: Cause) {
        let place = Place(reader: reader, cause: cause)
        counts.withLock { counts in
            guard let count = counts[place] else { return }
            counts[place] = count > 1 ? count - 1 : nil
        }
    }
}
