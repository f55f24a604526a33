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

    /// Answers a request in `task`, which is cancelled when it waits and the client goes away.
    func answering(_ task: Task<Bool, any Error>, _ admission: Admission) { state.withLock { $0.request = (task, admission) } }

    /// The request is answered.
    func answered() { state.withLock { $0.request = nil } }

    /// The client has closed its side.
    func leave() {
        let request = state.withLock { state in
            state.isGone = true
            return state.request
        }
        if let request, request.admission.isWaiting { request.task.cancel() }
    }

    /// Whether the client has closed its side.
    var isGone: Bool { state.withLock { $0.isGone } }
}
