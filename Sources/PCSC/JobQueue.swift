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
    }

    private struct State {
        var jobs: [Job] = []
        var phase = Phase.open
    }

    private let state = Mutex(State())
    private let ready = DispatchSemaphore(value: 0)
    private let ended: CardError

    /// An open queue.
    ///
    /// - Parameter ended: what a job is refused with when the thread has finished.
    init(ended: CardError) { self.ended = ended }

    /// Hands `job` to the thread.
    ///
    /// - Throws: why the thread was abandoned, or that it has finished.
    func post(_ job: Job) throws(CardError) {
        let refusal: CardError? = state.withLock { state in
            switch state.phase {
            case .open:
                state.jobs.append(job)
                return nil
            case .abandoned(let error, _): return error
            case .finished: return ended
            }
        }
        if let refusal { throw refusal }
        ready.signal()
    }

    /// Waits, on the thread, for the next job; `nil` when it is to clean up and leave.
    func next() -> Job? {
        while true {
            let (job, goesOn) = state.withLock { state -> (Job?, Bool) in
                guard case .open = state.phase else { return (nil, false) }
                return state.jobs.isEmpty ? (nil, true) : (state.jobs.removeFirst(), true)
            }
            if let job { return job }
            guard goesOn else { return nil }
            ready.wait()
        }
    }

    /// Whether somebody still waits for the thread.
    var isWanted: Bool {
        state.withLock { if case .open = $0.phase { true } else { false } }
    }

    /// Gives the thread up because of `error`.
    ///
    /// - Parameters:
    ///   - onAbandon: runs when the thread is there to be given up: not for one that has finished, nor a second time.
    ///   - onReturn: runs on the thread when its call has returned after all.
    /// - Returns: the jobs that it will not do.
    func abandon(_ error: CardError, onAbandon: () -> Void, onReturn: @escaping @Sendable () -> Void) -> [Job] {
        let left = state.withLock { state -> [Job] in
            guard case .open = state.phase else { return [] }
            onAbandon()
            state.phase = .abandoned(error, onReturn: onReturn)
            defer { state.jobs = [] }
            return state.jobs
        }
        ready.signal()
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
