import CPCSC
import ISO7816
import Secrets

/// What a reader answers for itself: a control code and bytes in, bytes out.
///
/// No command of ours reaches the card. The calls block, so they are made on a card's own thread; a script in the tests answers at once.
protocol ReaderControl {
    /// Whether reader and card speak T=0, where a command has one length byte only.
    var speaksT0: Bool { get }

    /// `SCardControl`; PC/SC part 10, 2.1.
    func control(_ code: UInt32, _ input: [UInt8]) throws(PCSCError) -> [UInt8]

    /// `SCardGetAttrib`; PC/SC part 3, 3.1.1.
    func attribute(_ id: UInt32) throws(PCSCError) -> [UInt8]
}

/// A reader behind a handle, whose owner keeps it alive.
struct ReaderLink: ReaderControl {
    let handle: SCARDHANDLE
    let speaksT0: Bool

    func control(_ code: UInt32, _ input: [UInt8]) throws(PCSCError) -> [UInt8] {
        // Drivers keep the whole conversation with the reader in this buffer, not only the answer.
        var buffer = [UInt8](repeating: 0, count: Int(CPCSC_RECEIVE_CAPACITY))
        var length = DWORD()
        try PCSCError.check(
            "SCardControl",
            unsafe SCardControl(handle, DWORD(code), input, DWORD(input.count), &buffer, DWORD(buffer.count), &length))
        return Array(buffer.prefix(Int(clamping: length)))
    }

    func attribute(_ id: UInt32) throws(PCSCError) -> [UInt8] {
        // The library refuses a larger one.
        var buffer = [UInt8](repeating: 0, count: Int(MAX_BUFFER_SIZE))
        var length = DWORD(buffer.count)
        try PCSCError.check("SCardGetAttrib", unsafe SCardGetAttrib(handle, DWORD(id), &buffer, &length))
        return Array(buffer.prefix(Int(clamping: length)))
    }
}

/// The way of a task to a reader: what it is to be asked runs where it may block.
protocol ReaderPort: Sendable {
    /// The reader's name.
    var reader: String { get }

    /// Runs `body` with the reader, once, and waits for what it gives.
    ///
    /// - Throws: ``CardError``; after a deadline or a cancellation nobody knows how far it came.
    func perform<Value: Sendable>(
        within limit: Duration, _ body: @escaping @Sendable (any ReaderControl) throws(PCSCError) -> Value
    ) async throws(CardError) -> Value
}

/// The reader of a session: asked on the thread that holds the card.
struct CardThreadPort: ReaderPort {
    let thread: CardThread
    let stuck: StuckReaders

    var reader: String { thread.reader }

    func perform<Value: Sendable>(
        within limit: Duration, _ body: @escaping @Sendable (any ReaderControl) throws(PCSCError) -> Value
    ) async throws(CardError) -> Value {
        // A task that is cancelled already has not touched the reader, and does not end the session.
        guard !Task.isCancelled else { throw CardError(.cancelled, reader) }
        let answer = CardThread.Answer<Value>()
        try thread.jobs.post(
            .reader(
                { transaction in
                    _ = answer.put(Result { () throws(PCSCError) in try transaction.withReader(body) })
                }, refuse: { answer.fail($0) }))
        let result: Result<Value, PCSCError>
        do {
            result = try await answer.take(within: limit, on: ContinuousClock(), late: .silent, onCancel: .cancelled)
        } catch {
            throw PCSCSession.abandon(thread, error, in: "SCardControl", mayLast: true, stuck: stuck)
        }
        do { return try result.get() } catch { throw error.cardError(in: reader) }
    }
}
