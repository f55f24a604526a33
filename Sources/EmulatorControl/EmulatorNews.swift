import Synchronization

/// Tells those who listen which devices have changed, and which are gone.
///
/// A listener that is slow gets fewer states, never an older one: only names are kept for it.
final class EmulatorNews: Sendable {
    private struct State {
        var change = 0
        var lastListener = 0
        var listeners: [Int: EmulatorListener] = [:]
    }

    private let state = Mutex(State())

    /// Counts a change of any device; its number.
    func count() -> Int {
        state.withLock {
            $0.change += 1
            return $0.change
        }
    }

    /// Tells everybody that a device has changed; its number is to be in its state by then.
    func tell(_ id: String) {
        for listener in state.withLock({ Array($0.listeners.values) }) { listener.hear(id) }
    }

    /// Begins to listen.
    func listen() -> EmulatorListener {
        state.withLock { state in
            state.lastListener += 1
            let number = state.lastListener
            let listener = EmulatorListener { [weak self] in self?.forget(number) }
            state.listeners[number] = listener
            return listener
        }
    }

    /// How many listen.
    var listeners: Int { state.withLock { $0.listeners.count } }

    private func forget(_ number: Int) { state.withLock { _ = $0.listeners.removeValue(forKey: number) } }
}

/// Somebody who wants to know which devices have changed.
public final class EmulatorListener: Sendable {
    /// How many names are kept for a listener that does not listen.
    static let limit = 1000

    private let heard = Mutex<[String]>([])
    private let wake: AsyncStream<Void>.Continuation
    private let stream: AsyncStream<Void>
    private let forget: @Sendable () -> Void

    init(_ forget: @escaping @Sendable () -> Void) {
        (stream, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.forget = forget
    }

    /// The devices that changed since the last time, each once, the first one first; waits until there is one.
    ///
    /// - Returns: `nil` when the task is cancelled, the listener was ended, or it has missed more than can be kept.
    public func next() async -> [String]? {
        while true {
            let names = heard.withLock { heard in
                defer { heard = [] }
                return heard
            }
            guard names.isEmpty else { return names }
            var iterator = stream.makeAsyncIterator()
            guard await iterator.next() != nil else { return nil }
        }
    }

    /// Listens no longer.
    public func end() {
        forget()
        wake.finish()
    }

    func hear(_ name: String) {
        let isTooMany = heard.withLock { heard in
            if !heard.contains(name) { heard.append(name) }
            return heard.count > Self.limit
        }
        if isTooMany { end() } else { wake.yield() }
    }
}
