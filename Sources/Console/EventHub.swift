import Foundation
import Synchronization

/// What happens, for every page that looks: numbered, kept for a while, told in order.
///
/// A page that comes back names the last event that it saw and goes on behind it. One that was away too long, or saw another run of this
/// program, is told `reset`, and asks for everything anew: the truth is behind the doors.
final class EventHub: Sendable {
    /// One event as a page is told it.
    struct Entry: Sendable {
        let number: UInt64
        let name: String
        let data: String
        /// The one browser that it is for; `nil` for all.
        let browser: String?
    }

    /// How many events are kept for those who come back.
    private static let kept = 1000
    /// How many may wait for one page.
    private static let waiting = 256

    private struct State {
        var number: UInt64 = 0
        var entries: [Entry] = []
        var nextListener = 0
        var listeners: [Int: (browser: String, continuation: AsyncStream<Entry>.Continuation)] = [:]
    }

    /// Tells this run from any other.
    let run: String
    private let state = Mutex(State())

    init(run: String) { self.run = run }

    /// Tells all pages, or those of one browser.
    func tell(_ name: String, _ data: String = "{}", to browser: String? = nil) {
        let slow = state.withLock { state in
            state.number += 1
            let entry = Entry(number: state.number, name: name, data: data, browser: browser)
            state.entries.append(entry)
            if state.entries.count > Self.kept { state.entries.removeFirst(state.entries.count - Self.kept) }
            var slow: [AsyncStream<Entry>.Continuation] = []
            for (listener, found) in state.listeners where browser == nil || browser == found.browser {
                guard case .dropped = found.continuation.yield(entry) else { continue }
                state.listeners[listener] = nil
                slow.append(found.continuation)
            }
            return slow
        }
        // A page that does not read is let go; it comes back with the number of its last event. Not under the lock: a stream that ends
        // says so to this hub.
        for continuation in slow { continuation.finish() }
    }

    /// What a page listens to.
    struct Listening: Sendable {
        /// Whether what the page saw last is too old, or of another run.
        let isReset: Bool
        let missed: [Entry]
        let coming: AsyncStream<Entry>
        /// Numbers the stream's beginning, for a page that saw nothing yet.
        let start: UInt64
    }

    /// Everything behind `last`, then whatever comes.
    func listen(as browser: String, after last: String?) -> Listening {
        let (coming, continuation) = AsyncStream.makeStream(of: Entry.self, bufferingPolicy: .bufferingOldest(Self.waiting))
        return state.withLock { state in
            let listener = state.nextListener
            state.nextListener += 1
            state.listeners[listener] = (browser, continuation)
            // Beside whoever ends it: a task that is cancelled holds a lock of its own, which telling waits for under ours.
            continuation.onTermination = { [weak self] _ in Task { self?.leave(listener) } }
            guard let last else { return Listening(isReset: false, missed: [], coming: coming, start: state.number) }
            let oldest = state.entries.first?.number ?? state.number + 1
            guard let seen = number(of: last), seen <= state.number, seen + 1 >= oldest else {
                return Listening(isReset: true, missed: [], coming: coming, start: state.number)
            }
            let missed = state.entries.filter { $0.number > seen && ($0.browser == nil || $0.browser == browser) }
            return Listening(isReset: false, missed: missed, coming: coming, start: seen)
        }
    }

    /// The latest events of one name that everybody may see, as JSON, the latest last.
    func recent(_ name: String, limit: Int) -> [JSONValue] {
        let entries = state.withLock { state in state.entries.filter { $0.name == name && $0.browser == nil }.suffix(limit) }
        return entries.compactMap { try? JSONDecoder().decode(JSONValue.self, from: Data($0.data.utf8)) }
    }

    /// An event's name for a page: `RUN-NUMBER`.
    func name(of number: UInt64) -> String { "\(run)-\(number)" }

    private func number(of name: String) -> UInt64? {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == run else { return nil }
        return UInt64(parts[1])
    }

    /// Whether any page listens.
    var isHeard: Bool { state.withLock { !$0.listeners.isEmpty } }

    private func leave(_ listener: Int) { state.withLock { $0.listeners[listener] = nil } }
}
