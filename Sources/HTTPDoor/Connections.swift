import Synchronization

/// How many connections are open, in all and of each peer.
final class Connections: Sendable {
    private struct State {
        var all = 0
        var ofPeer: [String: Int] = [:]
    }

    private let state = Mutex(State())
    private let limits: DoorLimits
    private let share: ConnectionBudget.Share

    init(_ limits: DoorLimits, _ share: ConnectionBudget.Share) {
        self.limits = limits
        self.share = share
    }

    /// What an address is counted as: all of 127.0.0.0/8 are one machine, whose every user can choose among them.
    static func peer(at address: String?) -> String {
        guard let address else { return "unknown" }
        let four = address.hasPrefix("::ffff:") ? address.dropFirst("::ffff:".count) : address[...]
        return four.hasPrefix("127.") ? "127.0.0.1" : address
    }

    /// Counts one more of this peer, or says why it cannot be.
    func open(_ peer: String) throws(Refusal) {
        let most = share.most
        let refusal: Refusal? = state.withLock { state in
            guard state.all < min(limits.connections, most.all) else { return .tooManyConnections }
            guard state.ofPeer[peer, default: 0] < min(limits.connectionsPerPeer, most.ofPeer) else { return .tooManyOfPeer(peer) }
            state.all += 1
            state.ofPeer[peer, default: 0] += 1
            return nil
        }
        if let refusal { throw refusal }
        share.count(1)
    }

    /// One that was counted is closed.
    func close(_ peer: String) {
        share.count(-1)
        state.withLock { state in
            state.all -= 1
            let left = state.ofPeer[peer, default: 1] - 1
            state.ofPeer[peer] = left > 0 ? left : nil
        }
    }

    /// How many are open.
    var count: Int { state.withLock { $0.all } }
}
