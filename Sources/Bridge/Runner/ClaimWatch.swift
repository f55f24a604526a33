import DeviceProtocol
import Verification

/// How long each claim has stood, by this process's own clock.
///
/// Nodes' times of day differ, and are set; what they share is the store, in which a claim either stands or does not. A claim that has stood
/// here for its whole length has outlasted its node, which began to count earlier and stops by itself. A process that has only just started
/// counts from its start.
struct ClaimWatch: Sendable {
    private var firstSeen: [ChallengeID: (change: Int64, at: Duration)] = [:]

    /// Looks at all operations that wait for attached devices; those whose claims have stood too long.
    ///
    /// - Parameter now: since the start of a clock that nobody sets.
    mutating func look(at operations: [Verification.Operation], _ now: Duration) -> Set<ChallengeID> {
        var (seen, lapsed): ([ChallengeID: (change: Int64, at: Duration)], Set<ChallengeID>) = ([:], [])
        for operation in operations where operation.state == .working {
            let before = firstSeen[operation.id].flatMap { $0.change == operation.change ? $0 : nil }
            let first = before ?? (operation.change, now)
            seen[operation.id] = first
            // Without a claim it is of no process that could still be there.
            guard let claim = operation.attachment?.claim, now - first.at < .seconds(claim.seconds) else {
                lapsed.insert(operation.id)
                continue
            }
        }
        firstSeen = seen
        return lapsed
    }
}
