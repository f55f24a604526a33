import Synchronization

/// Which fetch of each phone is its last one: a former one submits nothing any more.
final class PhoneTurns: Sendable {
    private struct State {
        var taken = 0
        var last: [String: Int] = [:]
    }
    private let state = Mutex(State())

    /// Begins a turn of a phone, which ends its former one.
    ///
    /// - Returns: the turn's number; no two of them have the same.
    func take(_ phone: String) -> Int {
        state.withLock { state in
            state.taken += 1
            state.last[phone] = state.taken
            return state.taken
        }
    }

    /// Whether nobody has begun another turn of this phone.
    func isLast(_ turn: Int, of phone: String) -> Bool { state.withLock { $0.last[phone] == turn } }
}
