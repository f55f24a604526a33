import ISO7816
import Secrets
import Synchronization

/// Why nobody waits for a thread any more.
enum Abandonment: Error, Equatable {
    /// The deadline passed behind a card, a reader or the service.
    case silent
    /// The deadline passed behind another program, of which this much is known.
    case heldByAnotherProgram(String)
    /// The waiting task was cancelled.
    case cancelled
}

/// The blocking side of one session: one thread, from connecting a card to letting it go.
///
/// ``run()`` is its whole life. Context, handle and buffers are values on its stack, so they are given back by the
/// thread itself whichever way it ends, also hours later when nobody waits any more.
final class CardThread: Sendable {
    typealias Answer<Value: Sendable> = Handover<Result<Value, PCSCError>, Abandonment>

    enum Job: Sendable {
        case transmit(Parcel, Answer<[UInt8]>)
        /// Talks to the reader and delivers its answer, or hears that it will not be done.
        case reader(@Sendable (inout CardTransaction) -> Void, refuse: @Sendable (Abandonment) -> Void)
        case end(CardDisposition, Answer<Void>)

        /// Tells whoever waits that it will not be done.
        func refuse(_ reason: Abandonment) {
            switch self {
            case .transmit(_, let answer): answer.fail(reason)
            case .reader(_, let refuse): refuse(reason)
            case .end(_, let answer): answer.fail(reason)
            }
        }
    }

    /// Carries one command to the thread, which takes it out and wipes it.
    final class Parcel: Sendable {
        private let frame: Mutex<CommandFrame?>

        init(_ frame: consuming CommandFrame) { self.frame = Mutex(frame) }

        func take() -> CommandFrame? { frame.withLock { $0.take() } }
    }

    /// How far the opening has come.
    enum Stage: Sendable { case connecting, waitingForTransaction, open }

    let reader: String
    let jobs: JobQueue<Job>
    let opened = Answer<ATR>()
    /// How quickly this card answers.
    let pace = Pace()
    private let progress = Mutex(Stage.connecting)

    init(reader: String) {
        self.reader = reader
        jobs = JobQueue(ended: CardError(.cancelled, reader, detail: "the session has ended"))
    }

    var stage: Stage { progress.withLock { $0 } }

    /// Runs on the blocking thread.
    func run() {
        live()
        for job in jobs.finish() { job.refuse(.cancelled) }
    }

    private func live() {
        do throws(PCSCError) {
            var transaction = try open()
            _ = opened.put(.success(transaction.atr))
            while let job = jobs.next(soon: pace.isBrief) {
                switch job {
                case .transmit(let parcel, let answer):
                    guard let frame = parcel.take() else { continue }
                    let result = Result { () throws(PCSCError) in try transaction.transmit(frame) }
                    // The command is wiped before anybody hears of its answer.
                    _ = consume frame
                    _ = answer.put(result)
                case .reader(let talk, _): talk(&transaction)
                case .end(let disposition, let answer):
                    transaction.end(disposition)
                    _ = answer.put(.success(()))
                    return
                }
            }
        } catch {
            _ = opened.put(.failure(error))
        }
    }

    private func open() throws(PCSCError) -> CardTransaction {
        let card = try ConnectedCard.connect(to: reader, in: PCSCContext.establish())
        progress.withLock { $0 = .waitingForTransaction }
        let transaction = try CardTransaction.begin(card, while: { jobs.isWanted })
        progress.withLock { $0 = .open }
        BlockingThread.markAsHolding()
        return transaction
    }
}
