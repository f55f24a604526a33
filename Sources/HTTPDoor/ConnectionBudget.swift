import Synchronization

/// How many connections all doors of a process may have together: accepting one more than there can be files would stop them.
///
/// Where the files do not suffice for all that is wanted, each door keeps a few that no other one can take.
final class ConnectionBudget: Sendable {
    private struct State {
        var wanted = 0
        var files = 0
        /// How many connections each door has.
        var doors: [Int: Int] = [:]
        var last = 0
    }

    /// This process's.
    static let process = ConnectionBudget { OpenFiles.allow($0) }

    /// Files that are left for everything but connections.
    private static let reserve = 256
    /// How many connections are kept for each door, and at each door for whoever has few.
    private static let kept = 64

    private let allow: @Sendable (Int) -> Int
    private let state = Mutex(State())

    /// - Parameter allow: has so many files allowed, and says how many are.
    init(_ allow: @escaping @Sendable (Int) -> Int) { self.allow = allow }

    /// What one door has of it.
    final class Share: Sendable {
        private let budget: ConnectionBudget
        private let door: Int
        private let wanted: Int

        fileprivate init(_ budget: ConnectionBudget, door: Int, wanted: Int) {
            (self.budget, self.door, self.wanted) = (budget, door, wanted)
        }

        /// How many connections this door may have at this moment, and one peer of it.
        var most: (all: Int, ofPeer: Int) {
            budget.state.withLock { state in
                let free = max(0, state.files - ConnectionBudget.reserve)
                guard free < state.wanted else { return (wanted, wanted) }
                let kept = min(ConnectionBudget.kept, free / (2 * max(1, state.doors.count)))
                let others = state.doors.reduce(0) { $1.key == door ? $0 : $0 + max($1.value, kept) }
                let all = min(wanted, max(1, free - others))
                return (all, max((all + 1) / 2, all - kept))
            }
        }

        /// Counts so many connections more, or fewer.
        func count(_ change: Int) { budget.state.withLock { $0.doors[door]? += change } }

        /// The door is closed.
        func close() {
            budget.state.withLock { state in
                if state.doors.removeValue(forKey: door) != nil { state.wanted -= wanted }
            }
        }
    }

    /// Counts a door that wants so many connections.
    func open(_ wanted: Int) -> Share {
        let door = state.withLock { state in
            state.last += 1
            state.wanted += wanted
            state.doors[state.last] = 0
            state.files = allow(state.wanted + Self.reserve)
            return state.last
        }
        return Share(self, door: door, wanted: wanted)
    }
}
