import DeviceProtocol
import Foundation
import Synchronization

/// What the logins of the last two minutes presented, so that an attached device can be given it.
///
/// A login of nobody has no operation in the store, and must not be told from another: so that of each is kept here, and each is given
/// once.
final class LoginAttempts: Sendable {
    /// The most that are kept; the oldest make room.
    static let limit = 10_000
    /// How long a login can be answered, in seconds: as long as its challenge lives.
    static let life: TimeInterval = 120

    /// What a login presented, and until when it can be given.
    struct Kept {
        let presentation: Presentation
        let until: Date
    }

    private struct State {
        var kept: [ChallengeID: Kept] = [:]
        /// From the oldest on; those that were given are passed over.
        var order: [ChallengeID] = []
        var first = 0
    }

    private let state = Mutex(State())

    /// Keeps what a login presented.
    func keep(_ presentation: Presentation, of id: ChallengeID, at now: Date) {
        state.withLock { state in
            while state.first < state.order.count {
                let oldest = state.order[state.first]
                if let kept = state.kept[oldest], now < kept.until, state.kept.count < Self.limit { break }
                state.kept[oldest] = nil
                state.first += 1
            }
            if state.first > Self.limit {
                state.order.removeFirst(state.first)
                state.first = 0
            }
            state.kept[id] = Kept(presentation: presentation, until: now.addingTimeInterval(Self.life))
            state.order.append(id)
        }
    }

    /// Gives back what was taken, where no device has used it.
    func putBack(_ kept: Kept, of id: ChallengeID) {
        state.withLock { state in
            state.kept[id] = kept
            // Its former place may have been passed over by now.
            state.order.append(id)
        }
    }

    /// What a login presented; only the first who asks gets it.
    func take(_ id: ChallengeID, at now: Date) -> Kept? {
        state.withLock { state in
            guard let kept = state.kept.removeValue(forKey: id), now < kept.until else { return nil }
            return kept
        }
    }
}
