import Glibc
public import ISO7816
import Secrets

/// The smartcard readers of this machine, through PC/SC.
///
/// Each call has a thread and a connection to the service of its own, so that no reader keeps another waiting.
public struct PCSCReaders: CardSource {
    /// How long each kind of call may take.
    public let deadlines: PCSCDeadlines
    let stuck = StuckReaders()

    /// The readers of this machine; nothing is touched yet.
    public init(deadlines: PCSCDeadlines = PCSCDeadlines()) {
        self.deadlines = deadlines
    }

    /// All readers, with or without a card, in the service's order; none is an empty list.
    ///
    /// A reader whose driver is still starting is waited for, up to a second.
    ///
    /// - Throws: ``CardError``: no service, access denied, or a service that does not answer in time.
    public func slots() async throws(CardError) -> [CardSlot] {
        try await Self.states(within: deadlines.status, stuck: stuck).map { CardSlot(reader: $0.name, content: $0.content) }
    }

    /// Powers the card in `reader`, waits until no other program holds it, and keeps it for one session.
    ///
    /// - Throws: ``CardError``, never later than the deadlines for connecting and for a transaction together.
    public func open(_ reader: String) async throws(CardError) -> any CardSession {
        try await PCSCSession.open(reader, deadlines: deadlines, stuck: stuck)
    }

    /// Watches over the card that is in `reader` now, through a connection to the service of its own.
    ///
    /// `nil` when there is no card, or no service that answers within its deadline: then everything is read anew.
    public func witness(of reader: String) async -> (any CardWitness)? {
        await ReaderWitness.call(to: reader, within: deadlines.status, stuck: stuck)
    }

    /// What the service says of all readers at this moment, asked on a thread of its own.
    static func states(within limit: Duration, stuck: StuckReaders) async throws(CardError) -> [ReaderState] {
        let service = "pcscd"
        try stuck.admit(service)
        let answer = Handover<Result<[ReaderState], PCSCError>, Abandonment>()
        let query = JobQueue<Never>(ended: CardError(.cancelled, service))
        do {
            try BlockingThread.start {
                _ = answer.put(Result { () throws(PCSCError) in try currentStates(within: limit / 2) })
                _ = query.finish()
            }
        } catch {
            throw error.cardError(in: service)
        }
        let result: Result<[ReaderState], PCSCError>
        do {
            result = try await answer.take(within: limit, on: ContinuousClock(), late: .silent, onCancel: .cancelled)
        } catch {
            let error = CardError(
                error == .cancelled ? .cancelled : .serviceSilent, service, detail: "SCardGetStatusChange has not returned")
            _ = query.abandon(error, onAbandon: { stuck.abandon(service, .silence) }, onReturn: { stuck.returned(service, .silence) })
            throw error
        }
        do { return try result.get() } catch { throw error.cardError(in: service) }
    }

    /// How long a reader whose driver is starting is waited for: the service lists it, and cannot say yet whether a card is in it.
    private static let settling = Duration.seconds(1)

    private static func currentStates(within limit: Duration) throws(PCSCError) -> [ReaderState] {
        let end = ContinuousClock.now + min(limit, settling)
        let context = try PCSCContext.establish()
        var states = try context.readers().map { ReaderState(name: $0) }
        guard !states.isEmpty else { return [] }
        do {
            _ = try context.refresh(&states, within: .zero)
        } catch  where error.code == .unknownReader {
            // One was unplugged in between: those that are left are asked once more.
            states = try context.readers().map { ReaderState(name: $0) }
            _ = try context.refresh(&states, within: .zero)
        }
        var isOver = false
        while !states.allSatisfy(\.isSettled), !isOver {
            isOver = ContinuousClock.now >= end
            usleep(50_000)
            do { _ = try context.refresh(&states, within: .zero) } catch  where error.code == .unknownReader { break }
        }
        return states.filter(\.isKnown)
    }
}
