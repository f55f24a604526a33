public import ISO7816
import Synchronization

/// A source of cards whose conversations are told to somebody else as well, without what nobody may see.
public struct TracedSource: CardSource {
    private let source: any CardSource
    private let tell: @Sendable (TraceEvent) -> Void
    private let now: @Sendable () -> Duration

    /// Traces every session with a card of `source`.
    ///
    /// - Parameters:
    ///   - clock: what measures how long a command takes.
    ///   - tell: called after each event, one after another within a session.
    public init(
        _ source: any CardSource, on clock: some Clock<Duration> = ContinuousClock(), telling tell: @escaping @Sendable (TraceEvent) -> Void
    ) {
        self.source = source
        self.tell = tell
        let start = clock.now
        now = { start.duration(to: clock.now) }
    }

    /// The readers of the source.
    ///
    /// - Throws: ``CardError`` of the source.
    public func slots() async throws(CardError) -> [CardSlot] { try await source.slots() }

    /// The changes of the source.
    public func changes() -> AsyncStream<[CardSlot]> { source.changes() }

    /// The source's own witness: it asks the card nothing.
    public func witness(of reader: String) async -> (any CardWitness)? { await source.witness(of: reader) }

    /// Opens a session that is told.
    ///
    /// - Throws: ``CardError`` of the source.
    public func open(_ reader: String) async throws(CardError) -> any CardSession {
        let session = try await source.open(reader)
        tell(.opened(reader: reader, atr: session.atr))
        return TracedSession(session, tell: tell, now: now)
    }
}

/// A session that tells each exchange.
private final class TracedSession: CardSession {
    private let session: any CardSession
    private let tell: @Sendable (TraceEvent) -> Void
    private let now: @Sendable () -> Duration
    private let isEnded = Mutex(false)

    init(_ session: any CardSession, tell: @escaping @Sendable (TraceEvent) -> Void, now: @escaping @Sendable () -> Duration) {
        self.session = session
        self.tell = tell
        self.now = now
    }

    var atr: ATR { session.atr }
    var objectCache: (any ObjectCache)? { session.objectCache }
    var passesExtendedLength: Bool { get async { await session.passesExtendedLength } }
    var pinpad: (any Pinpad)? { get async { await session.pinpad.map { TracedPinpad($0, tell: tell, now: now) } } }

    func transmit(_ command: [UInt8]) async throws(CardError) -> [UInt8] {
        let start = now()
        do throws(CardError) {
            let answer = try await session.transmit(command)
            tell(.exchange(TracedExchange(TracedCommand(command), .answered(answer), taking: now() - start)))
            return answer
        } catch {
            tell(.exchange(TracedExchange(TracedCommand(command), .failed(error.description), taking: now() - start)))
            throw error
        }
    }

    func transmit(_ command: consuming SensitiveCommand) async throws(CardError) -> [UInt8] {
        let shown = TracedCommand(withholding: command.header)
        let start = now()
        do throws(CardError) {
            let answer = try await session.transmit(command)
            tell(.exchange(TracedExchange(shown, .answered(answer), taking: now() - start)))
            return answer
        } catch {
            tell(.exchange(TracedExchange(shown, .failed(error.description), taking: now() - start)))
            throw error
        }
    }

    func end(_ disposition: CardDisposition) async {
        await session.end(disposition)
        let isFirst = isEnded.withLock { isEnded in
            defer { isEnded = true }
            return !isEnded
        }
        if isFirst { tell(.ended(disposition)) }
    }
}

/// A pinpad whose commands are told by their headers: the PIN was never here.
private struct TracedPinpad: Pinpad {
    private let pinpad: any Pinpad
    private let tell: @Sendable (TraceEvent) -> Void
    private let now: @Sendable () -> Duration

    init(_ pinpad: any Pinpad, tell: @escaping @Sendable (TraceEvent) -> Void, now: @escaping @Sendable () -> Duration) {
        self.pinpad = pinpad
        self.tell = tell
        self.now = now
    }

    func verify(_ block: PINBlock) async throws(CardError) -> StatusWord {
        let start = now()
        do throws(CardError) {
            return told(block, try await pinpad.verify(block), since: start)
        } catch {
            throw told(block, error, since: start)
        }
    }

    func change(_ block: PINBlock, new: PINBlock) async throws(CardError) -> StatusWord {
        let start = now()
        do throws(CardError) {
            return told(block, try await pinpad.change(block, new: new), since: start)
        } catch {
            throw told(block, error, since: start)
        }
    }

    private func told(_ block: PINBlock, _ status: StatusWord, since start: Duration) -> StatusWord {
        tell(.exchange(TracedExchange(TracedCommand(withholding: block.header), .answered(status.bytes), taking: now() - start)))
        return status
    }

    private func told(_ block: PINBlock, _ error: CardError, since start: Duration) -> CardError {
        tell(.exchange(TracedExchange(TracedCommand(withholding: block.header), .failed(error.description), taking: now() - start)))
        return error
    }
}
