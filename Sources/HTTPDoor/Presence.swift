import Synchronization

/// Whether the client is still there, for requests that wait for something to happen.
///
/// Other requests run to their end also when nobody waits for the answer: their outcome is asked for again.
final class Presence: Sendable {
    private struct State {
        var isGone = false
        var request: (task: Task<Bool, any Error>, admission: Admission)?
    }

    private let state = Mutex(State())

    /// Answers a request in `task`, which is cancelled when it waits and the client goes away, or has gone already.
    func answering(_ task: Task<Bool, any Error>, _ admission: Admission) {
        state.withLock { $0.request = (task, admission) }
        cancelForNobody()
    }

    /// The request has begun to wait.
    func waits() { cancelForNobody() }

    /// The request is answered.
    func answered() { state.withLock { $0.request = nil } }

    /// The client has closed its side.
    func leave() {
        state.withLock { $0.isGone = true }
        cancelForNobody()
    }

    /// Each of the three that must have happened calls it, so that whichever is the last one finds the others.
    private func cancelForNobody() {
        let request = state.withLock { $0.isGone ? $0.request : nil }
        if let request, request.admission.isWaiting { request.task.cancel() }
    }
}
