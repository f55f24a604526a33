import ISO7816
import Secrets
import Synchronization

/// One program's time with one card, held against others from start to end.
///
/// Commands go one after another. A command that misses its deadline, or whose task is cancelled, ends the session: its
/// thread is abandoned with the card, and every later command gets the same error.
final class PCSCSession: CardSession {
    let atr: ATR
    private let thread: CardThread
    private let deadlines: PCSCDeadlines
    private let stuck: StuckReaders
    private let capabilities = Mutex<Task<ReaderCapabilities, Never>?>(nil)

    private init(atr: ATR, thread: CardThread, deadlines: PCSCDeadlines, stuck: StuckReaders) {
        self.atr = atr
        self.thread = thread
        self.deadlines = deadlines
        self.stuck = stuck
    }

    /// Connects to the card in `reader` and waits until it is ours alone.
    static func open(_ reader: String, deadlines: PCSCDeadlines, stuck: StuckReaders) async throws(CardError) -> PCSCSession {
        guard !Task.isCancelled else { throw CardError(.cancelled, reader) }
        do { try stuck.admit(reader) } catch { throw await CardOwners.naming(in: error, stuck: stuck) }
        let thread = CardThread(reader: reader)
        do { try BlockingThread.start { thread.run() } } catch { throw error.cardError(in: reader) }
        // Only after the first deadline is it of interest who keeps us waiting.
        let watch = Task {
            guard (try? await Task.sleep(for: deadlines.connect)) != nil else { return }
            guard await isHeld(thread, deadlines: deadlines, stuck: stuck) else { return _ = thread.opened.fail(.silent) }
            let end = ContinuousClock.now + deadlines.beginTransaction
            let owners = await CardOwners.find(within: min(deadlines.beginTransaction, CardOwners.patience), stuck: stuck)
            guard (try? await Task.sleep(until: end)) != nil else { return }
            thread.opened.fail(.heldByAnotherProgram(owners))
        }
        defer { watch.cancel() }
        let result: Result<ATR, PCSCError>
        do {
            result = try await thread.opened.take(onCancel: .cancelled)
        } catch {
            throw abandon(thread, error, in: "SCardConnect, SCardBeginTransaction", stuck: stuck)
        }
        do {
            return PCSCSession(atr: try result.get(), thread: thread, deadlines: deadlines, stuck: stuck)
        } catch {
            throw await CardOwners.naming(in: error.cardError(in: reader), stuck: stuck)
        }
    }

    /// Whether another program keeps `thread` waiting, rather than a reader that is silent.
    private static func isHeld(_ thread: CardThread, deadlines: PCSCDeadlines, stuck: StuckReaders) async -> Bool {
        if stuck.isSilent(thread.reader) { return false }
        if thread.stage != .connecting { return true }
        let states = try? await PCSCReaders.states(within: deadlines.status, stuck: stuck)
        return states?.contains { $0.name == thread.reader && $0.isInUse } ?? false
    }

    func transmit(_ command: [UInt8]) async throws(CardError) -> [UInt8] {
        try await transmit(CardThread.Parcel(.plain(command)))
    }

    func transmit(_ command: consuming SensitiveCommand) async throws(CardError) -> [UInt8] {
        try await transmit(CardThread.Parcel(.secret(command.takeFrame())))
    }

    private func transmit(_ parcel: CardThread.Parcel) async throws(CardError) -> [UInt8] {
        // A task that is cancelled already has not touched the card, and does not end the session.
        guard !Task.isCancelled else { throw CardError(.cancelled, thread.reader) }
        let answer = CardThread.Answer<[UInt8]>()
        let start = ContinuousClock.now
        defer { thread.pace.note(since: start) }
        try thread.jobs.post(.transmit(parcel, answer))
        // Most answers of an emulated card are there before a timer would be.
        if thread.pace.isBrief { SpinningPlace.ofProcess.wait { answer.isSettled } }
        let result: Result<[UInt8], PCSCError>
        do {
            result =
                if answer.isSettled {
                    try await answer.take(onCancel: .cancelled)
                } else {
                    try await answer.take(within: deadlines.transmit, on: ContinuousClock(), late: .silent, onCancel: .cancelled)
                }
        } catch {
            throw Self.abandon(thread, error, in: "SCardTransmit", stuck: stuck)
        }
        do { return try result.get() } catch { throw error.cardError(in: thread.reader) }
    }

    var passesExtendedLength: Bool { get async { await readerCapabilities().passesExtendedLength } }

    var pinpad: (any Pinpad)? {
        get async {
            let port = CardThreadPort(thread: thread, stuck: stuck)
            return ReaderPinpad(port: port, capabilities: await readerCapabilities(), patience: deadlines.pinEntry)
        }
    }

    /// What the reader can do: asked once a session, and only when somebody wants to know.
    ///
    /// A reader that does not answer in time has no features, and the session is lost with the thread that it keeps.
    private func readerCapabilities() async -> ReaderCapabilities {
        let question = capabilities.withLock { question in
            if let question { return question }
            let asking = Task { [thread, stuck, limit = deadlines.status] in
                let port = CardThreadPort(thread: thread, stuck: stuck)
                let answer = try? await port.perform(within: limit) { reader throws(PCSCError) in ReaderCapabilities(asking: reader) }
                return answer ?? .none
            }
            question = asking
            return asking
        }
        return await question.value
    }

    func end(_ disposition: CardDisposition) async {
        let done = CardThread.Answer<Void>()
        guard (try? thread.jobs.post(.end(disposition, done))) != nil else { return }
        // A task of its own, because a cancelled one, too, waits until the card is free.
        await Task { [thread, stuck, limit = deadlines.status] in
            do throws(Abandonment) {
                _ = try await done.take(within: limit, on: ContinuousClock(), late: .silent, onCancel: .cancelled)
            } catch {
                _ = Self.abandon(thread, error, in: "SCardEndTransaction, SCardDisconnect", stuck: stuck)
            }
        }.value
    }

    /// Gives `thread` up, and says why.
    ///
    /// - Parameter mayLast: whether the call may wait for a person at the reader's keys: then who no longer waits for it says nothing of
    ///   the reader, which is in use until they are done.
    static func abandon(
        _ thread: CardThread, _ reason: Abandonment, in call: String, mayLast: Bool = false, stuck: StuckReaders
    ) -> CardError {
        let reader = thread.reader
        let (code, cause, why): (CardError.Code, StuckReaders.Cause, String?) =
            switch reason {
            case .silent: (.readerStuck, .silence, nil)
            case .heldByAnotherProgram(let owners): (.heldByAnotherProgram, .otherProgram, owners)
            case .cancelled: (.cancelled, thread.stage == .open && !mayLast ? .silence : .otherProgram, nil)
            }
        let error = CardError(code, reader, detail: why ?? "\(call) has not returned")
        let left = thread.jobs.abandon(error, onAbandon: { stuck.abandon(reader, cause) }, onReturn: { stuck.returned(reader, cause) })
        for job in left { job.refuse(reason) }
        return error
    }

    // A session that nobody ended may have a PIN behind it.
    deinit { try? thread.jobs.post(.end(.reset, CardThread.Answer<Void>())) }
}
