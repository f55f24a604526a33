import ISO7816
import Secrets

/// Watches over one card through the service's count of insertions and removals in its reader.
///
/// Its connection to the service stays open from the call on, on a thread of its own: a service that was restarted
/// counts anew, and only the broken connection tells. What has once been in doubt stays so.
final class ReaderWitness: CardWitness {
    private typealias Answer = Handover<Bool, Abandonment>

    private let reader: String
    private let questions: JobQueue<Answer>
    private let limit: Duration
    private let stuck: StuckReaders

    private init(reader: String, within limit: Duration, stuck: StuckReaders) {
        self.reader = reader
        self.limit = limit
        self.stuck = stuck
        questions = JobQueue(ended: CardError(.removed, reader))
    }

    /// A witness of the card that is in `reader` now; `nil` when there is none, or nobody says so in time.
    static func call(to reader: String, within limit: Duration, stuck: StuckReaders) async -> ReaderWitness? {
        guard (try? stuck.admit(reader)) != nil else { return nil }
        let witness = ReaderWitness(reader: reader, within: limit, stuck: stuck)
        let questions = witness.questions
        let started: Void? = try? BlockingThread.start {
            try? answer(questions, of: reader)
            for question in questions.finish() { question.fail(.cancelled) }
        }
        // The first answer comes after the first look: what is seen later is compared with it.
        guard started != nil, await witness.isSameCard() else { return nil }
        return witness
    }

    func isSameCard() async -> Bool {
        let answer = Answer()
        guard (try? questions.post(answer)) != nil else { return false }
        do {
            return try await answer.take(within: limit, on: ContinuousClock(), late: .silent, onCancel: .cancelled)
        } catch {
            let reason = CardError(.readerStuck, reader, detail: "SCardGetStatusChange has not returned")
            let left = questions.abandon(
                reason, onAbandon: { [stuck, reader] in stuck.abandon(reader, .silence) },
                onReturn: { [stuck, reader] in stuck.returned(reader, .silence) })
            for question in left { question.fail(error) }
            return false
        }
    }

    /// The thread's life: it ends, and the connection with it, when the card is not the same any more.
    private static func answer(_ questions: JobQueue<Answer>, of reader: String) throws(PCSCError) {
        let context = try PCSCContext.establish()
        let first = try look(at: reader, through: context)
        while let question = questions.next() {
            // A question that fails is answered by the end of the thread.
            let now: ReaderState
            do { now = try look(at: reader, through: context) } catch {
                _ = question.put(false)
                throw error
            }
            let isSame = now.isKnown && now.content != .empty && now.eventCount == first.eventCount && now.atr == first.atr
            _ = question.put(isSame)
            guard isSame else { return }
        }
    }

    private static func look(at reader: String, through context: borrowing PCSCContext) throws(PCSCError) -> ReaderState {
        var states = [ReaderState(name: reader)]
        _ = try context.refresh(&states, within: .zero)
        return states.first ?? ReaderState(name: reader)
    }

    // Nobody asks any more: the thread closes the connection and ends.
    deinit { _ = questions.abandon(CardError(.cancelled, reader), onAbandon: {}, onReturn: {}) }
}
