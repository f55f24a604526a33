public import ISO7816

// The monitor as sequences. Each has a thread and a connection to the service of its own, which go with it.
extension PCSCReaders {
    /// How many events may wait for their consumer.
    static let waitingEvents = 4096
    /// What a thread gets to show that it runs again after the whole process was stopped, or had no processor.
    private static let moment = Duration.seconds(1)

    /// What happens to the readers and their cards, from what is there now on; never an error, always told as an event.
    ///
    /// A card is told as soon as the service sees it, a reader within a quarter of a second. The sequence ends when its
    /// consumer stops or is cancelled, and the thread behind it within a quarter of a second. It also ends for a
    /// consumer that leaves 4096 events unread, because events that are dropped cannot be made up for; and, after
    /// ``ReaderEvent/serviceLost(_:)``, when too many earlier calls to the service have not returned.
    public func events() -> AsyncStream<ReaderEvent> { events(waiting: Self.waitingEvents) }

    /// The same with room for `limit` events.
    func events(waiting limit: Int) -> AsyncStream<ReaderEvent> { watch(.bufferingOldest(limit), endsWhenFull: true) { $0.events } }

    /// The current state, then one element each time a reader or a card came or went.
    ///
    /// A card that was swapped faster than it could be looked at shows as gone first. Where the service is absent, there
    /// are no readers; they come back with it. At most 64 elements wait for a slow consumer, then the oldest are dropped.
    public func changes() -> AsyncStream<[CardSlot]> {
        watch(.bufferingNewest(64), endsWhenFull: false) { $0.snapshots }
    }

    private func watch<Element: Sendable>(
        _ policy: AsyncStream<Element>.Continuation.BufferingPolicy, endsWhenFull: Bool,
        _ elements: @escaping @Sendable (ReaderNews) -> [Element]
    ) -> AsyncStream<Element> {
        let (stream, continuation) = AsyncStream.makeStream(of: Element.self, bufferingPolicy: policy)
        let service = "pcscd"
        let limit = deadlines.connect
        let life = JobQueue<Never>(ended: CardError(.cancelled, service))
        let monitor = ReaderMonitor { news in
            for element in elements(news) {
                if case .dropped = continuation.yield(element), endsWhenFull { return continuation.finish() }
            }
        }
        let watchdog = Task {
            while (try? await Task.sleep(for: limit, clock: .suspending)) != nil {
                guard monitor.isSilent(for: limit) else { continue }
                // Perhaps it is this process that stood still: then its thread says so in a moment.
                guard (try? await Task.sleep(for: Self.moment)) != nil else { return }
                monitor.checkSilence(limit)
            }
        }
        // Before the thread begins: its first news may be more than there is room for.
        continuation.onTermination = { [stuck] _ in
            watchdog.cancel()
            monitor.stop()
            guard monitor.isSilent(for: limit) else { return }
            let error = CardError(.serviceSilent, service)
            _ = life.abandon(error, onAbandon: { stuck.abandon(service, .silence) }, onReturn: { stuck.returned(service, .silence) })
        }
        do throws(CardError) {
            try stuck.admit(service)
            do throws(PCSCError) {
                try BlockingThread.start {
                    monitor.run()
                    continuation.finish()
                    _ = life.finish()
                }
            } catch { throw error.cardError(in: service) }
        } catch {
            // There is no thread to be given up.
            _ = life.finish()
            var view = ReaderView()
            for element in elements(view.serviceWentAway(error)) { continuation.yield(element) }
            continuation.finish()
        }
        return stream
    }
}
