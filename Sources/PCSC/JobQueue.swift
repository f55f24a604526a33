import Dispatch
import ISO7816
import Synchronization

/// The way from tasks to one blocking thread: jobs in order, until either side lets go.
///
/// The waiting side may abandon the thread while it is stuck in a call; the thread then finds no more jobs, cleans up
/// and leaves. Both ends are counted once, whichever comes first.
final class JobQueue<Job: Sendable>: Sendable {
    private enum Phase {
        case open
        case abandoned(CardError, onReturn: @Sendable () -> Void)
        case finished

        var isOpen: Bool { if case .open = self { true } else { false } }
    }

    private struct State {
        var jobs: [Job] = []
        var phase = Phase.open
        /// Whether the thread sleeps, and has to be woken, once.
        var sleeps = false

        mutating func wakes() -> Bool {
            defer { sleeps = false }
            return sleeps
        }
    }

    private let state = Mutex(State())
    private let ready = DispatchSemaphore(value: 0)
    /// How often something came for the thread, and how often it has looked: what it may compare without a lock.
    private let arrived = Atomic(0)
    private let seen = Atomic(0)
    private let ended: CardError

    /// An open queue.
    ///
    /// - Parameter ended: what a job is refused with when the thread has finished.
    init(ended: CardError) { self.ended = ended }

    /// Hands `job` to the thread.
    ///
    /// - Throws: why the thread was abandoned, or that it has finished.
    func post(_ job: Job) throws(CardError) {
        let wakes = try state.withLock { state throws(CardError) in
            switch state.phase {
            case .open:
                state.jobs.append(job)
                return state.wakes()
            case .abandoned(let error, _): throw error
            case .finished: throw ended
            }
        }
        arrived.add(1, ordering: .releasing)
        if wakes { ready.signal() }
    }

    /// Waits, on the thread, for the next job; `nil` when it is to clean up and leave.
    ///
    /// - Parameter soon: whether a job is likely to come so soon that sleep is not worth it.
    func next(soon: Bool = false) -> Job? {
        if soon { _ = BriefWait.until { arrived.load(ordering: .acquiring) > seen.load(ordering: .relaxed) } }
        while true {
            let (job, sleeps) = state.withLock { state -> (Job?, Bool) in
                guard state.phase.isOpen else { return (nil, false) }
                state.sleeps = state.jobs.isEmpty
                return state.sleeps ? (nil, true) : (state.jobs.removeFirst(), false)
            }
            guard sleeps else {
                seen.add(1, ordering: .relaxed)
                return job
            }
            ready.wait()
        }
    }

    /// Whether somebody still waits for the thread.
    var isWanted: Bool {
        state.withLock { $0.phase.isOpen }
    }

    /// Gives the thread up because of `error`.
    ///
    /// - Parameters:
    ///   - onAbandon: runs when the thread is there to be given up: not for one that has finished, nor a second time.
    ///   - onReturn: runs on the thread when its call has returned after all.
    /// - Returns: the jobs that it will not do.
    func abandon(_ error: CardError, onAbandon: () -> Void, onReturn: @escaping @Sendable () -> Void) -> [Job] {
        let (left, wakes) = state.withLock { state -> ([Job], Bool) in
            guard state.phase.isOpen else { return ([], false) }
            onAbandon()
            state.phase = .abandoned(error, onReturn: onReturn)
            defer { state.jobs = [] }
            return (state.jobs, state.wakes())
        }
        arrived.add(1, ordering: .releasing)
        if wakes { ready.signal() }
        return left
    }

    /// Says, on the thread, that it leaves.
    ///
    /// - Returns: the jobs that it has not done.
    func finish() -> [Job] {
        let (left, onReturn) = state.withLock { state -> ([Job], (@Sendable () -> Void)?) in
            defer { state = State(jobs: [], phase: .finished) }
            if case .abandoned(_, let onReturn) = state.phase { return (state.jobs, onReturn) }
            return (state.jobs, nil)
        }
        onReturn?()
        return left
    }
}
