import Dispatch
import Synchronization

/// Whose turn it is: one caller on the thread it is on, or a plain thread with all who came meanwhile.
///
/// A caller who comes alone pays for no change of threads, which takes about as long as a commit on a quick disk. Whoever comes while
/// somebody has the turn waits here, and never blocks.
final class TurnQueue<Waiting: Sendable>: Sendable {
    /// The most of one group: it bounds how long the first of them waits for the last.
    static var groupLimit: Int { 256 }

    private struct State {
        var waiting: [Waiting] = []
        /// Whether somebody has the turn, or is about to.
        var isTaken = false
        /// Whether that is the thread, which has not noticed yet.
        var isPassedOn = false
        var isClosed = false
    }

    /// How long the thread looks for more after a group before it sleeps.
    private let patience: Duration
    private let state = Mutex(State())
    private let count = Atomic(0)
    private let bell = DispatchSemaphore(value: 0)

    init(patience: Duration) { self.patience = patience }

    /// Takes the turn for one errand on the caller's own thread; `false` when somebody else has it.
    ///
    /// Whoever got it gives it back with ``pass()``.
    func lead() -> Bool {
        state.withLock { state in
            guard !state.isTaken else { return false }
            state.isTaken = true
            return true
        }
    }

    /// Gives the turn to those who came meanwhile, if there are any.
    func pass() {
        ring { state in
            state.isTaken = !state.waiting.isEmpty
            state.isPassedOn = state.isTaken
            return state.isPassedOn
        }
    }

    /// Lets an errand wait for its turn.
    func append(_ errand: Waiting) {
        ring { state in
            state.waiting.append(errand)
            count.store(state.waiting.count, ordering: .releasing)
            guard !state.isTaken else { return false }
            state.isTaken = true
            state.isPassedOn = true
            return true
        }
    }

    /// Lets the thread end.
    func close() {
        ring { state in
            state.isClosed = true
            return true
        }
    }

    /// The life of the plain thread: hands each group to `body`.
    func serve(_ body: ([Waiting]) -> Void) {
        while awaitTurn() {
            while let group = group() { body(group) }
        }
    }

    /// Sleeps until the turn is the thread's; `false` when the queue is closed.
    private func awaitTurn() -> Bool {
        while true {
            bell.wait()
            let (isOurs, isClosed) = state.withLock { state in
                defer { state.isPassedOn = false }
                return (state.isPassedOn, state.isClosed)
            }
            if isOurs { return true }
            if isClosed { return false }
        }
    }

    /// As many as there are, up to the limit; gives the turn back when nobody came for a moment.
    private func group() -> [Waiting]? {
        let end = ContinuousClock.now.advanced(by: patience)
        while count.load(ordering: .acquiring) == 0, ContinuousClock.now < end {}
        return state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isTaken = false
                return nil
            }
            let group = Array(state.waiting.prefix(Self.groupLimit))
            state.waiting.removeFirst(group.count)
            count.store(state.waiting.count, ordering: .releasing)
            return group
        }
    }

    private func ring(if body: (inout State) -> Bool) {
        if state.withLock({ body(&$0) }) { bell.signal() }
    }
}
