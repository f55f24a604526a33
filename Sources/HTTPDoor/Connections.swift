import Synchronization

/// How many connections are open, in all and of each peer.
final class Connections: Sendable {
    private struct State {
        var all = 0
        var ofPeer: [String: Int] = [:]
    }

    private let state = Mutex(State())
    private let limits: DoorLimits

    init(_ limits: DoorLimits) { self.limits = limits }

    /// Counts one more of this peer, or says why it cannot be.
    func open(_ peer: String) throws(Refusal) {
        let refusal: Refusal? = state.withLock { state in
            guard state.all < limits.connections else { return .tooManyConnections }
            guard state.ofPeer[peer, default: 0] < limits.connectionsPerPeer else { return .tooManyOfPeer(peer) }
            state.all += 1
            state.ofPeer[peer, default: 0] += 1
            return nil
        }
        if let refusal { throw refusal }
    }

    /// One that was counted is closed.
    func close(_ peer: String) {
        state.withLock { state in
            state.all -= 1
            let left = state.ofPeer[peer, default: 1] - 1
            state.ofPeer[peer] = left > 0 ? left : nil
        }
    }

    /// How many are open.
    var count: Int { state.withLock { $0.all } }
}
