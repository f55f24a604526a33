import ISO7816
import Secrets

/// Watches over one card: it waits for whatever happens in its reader, and looks at once when it is asked.
///
/// Its connections to the service stay open from the call on, on threads of their own: a service that was restarted
/// counts anew, and only the broken connection tells. What has once been in doubt stays so.
final class ReaderWitness: CardWitness {
    private typealias Answer = Handover<Bool, Abandonment>

    private let reader: String
    private let questions: JobQueue<Answer>
    private let watch: ReaderWatch
    private let limit: Duration
    private let stuck: StuckReaders

    private init(reader: String, questions: JobQueue<Answer>, watch: ReaderWatch, within limit: Duration, stuck: StuckReaders) {
        self.reader = reader
        self.questions = questions
        self.watch = watch
        self.limit = limit
        self.stuck = stuck
    }

    /// A witness of the card that is in `reader` now; `nil` when there is none, or nobody says so in time.
    static func call(to reader: String, within limit: Duration, stuck: StuckReaders) async -> ReaderWitness? {
        guard (try? stuck.admit(reader)) != nil else { return nil }
        let questions = JobQueue<Answer>(ended: CardError(.removed, reader))
        let begun = await ReaderWatch.begin(at: reader, within: limit, stuck: stuck) { dismiss(questions, of: reader) }
        guard let (watch, first) = begun else { return nil }
        let witness = ReaderWitness(reader: reader, questions: questions, watch: watch, within: limit, stuck: stuck)
        let started: Void? = try? BlockingThread.start { [watch] in
            try? answer(questions, of: reader, comparing: first)
            for question in questions.finish() { question.fail(.cancelled) }
            watch.stop()
        }
        guard started != nil, await witness.isSameCard() else { return nil }
        return witness
    }

    func isSameCard() async -> Bool {
        let answer = Answer()
        guard watch.isUndisturbed, (try? questions.post(answer)) != nil else { return false }
        do {
            let isSame = try await answer.take(within: limit, on: ContinuousClock(), late: .silent, onCancel: .cancelled)
            return isSame && watch.isUndisturbed
        } catch {
            // Who no longer waits says nothing of the reader, and others may go on asking.
            guard error != .cancelled else { return false }
            let reason = CardError(.readerStuck, reader, detail: "SCardGetStatusChange has not returned")
            let left = questions.abandon(
                reason, onAbandon: { [stuck, reader] in stuck.abandon(reader, .silence) },
                onReturn: { [stuck, reader] in stuck.returned(reader, .silence) })
            for question in left { question.fail(error) }
            watch.giveUp()
            return false
        }
    }

    /// The thread's life: it ends, and the connection with it, when the card is not the same any more.
    private static func answer(
        _ questions: JobQueue<Answer>, of reader: String, comparing first: ReaderWatch.Sight
    ) throws(PCSCError) {
        let context = try PCSCContext.establish()
        while let question = questions.next() {
            // A question that fails is answered by the end of the thread.
            let now: ReaderWatch.Sight
            do { now = try ReaderWatch.Sight(of: reader, through: context) } catch {
                _ = question.put(false)
                throw error
            }
            let isSame = first.isSame(as: now)
            _ = question.put(isSame)
            guard isSame else { return }
        }
    }

    /// Nobody asks any more, or nobody need: the thread closes the connection and ends.
    private static func dismiss(_ questions: JobQueue<Answer>, of reader: String) {
        let left = questions.abandon(CardError(.removed, reader), onAbandon: {}, onReturn: {})
        for question in left { question.fail(.cancelled) }
    }

    deinit {
        watch.stop()
        Self.dismiss(questions, of: reader)
    }
}
