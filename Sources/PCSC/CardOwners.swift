import ISO7816
import Secrets

/// Names the programs behind "another program holds the card": a Tessera that does, otherwise whoever is connected.
///
/// It is a courtesy: it has a time of its own, and whatever it finds, the error stays the same error.
enum CardOwners {
    /// How long it may look around.
    static let patience = Duration.seconds(1)

    /// What is known of them, in half a sentence.
    static func find(within limit: Duration, stuck: StuckReaders) async -> String {
        let answer = Handover<String, Abandonment>()
        // Reading /proc blocks where a process is stuck in the kernel, so it counts as a call to the service.
        let place = "/proc"
        let query = JobQueue<Never>(ended: CardError(.cancelled, place))
        let unknown = "\(ServiceClients(clients: []))"
        guard (try? stuck.admit(place)) != nil else { return unknown }
        let started: Void? = try? BlockingThread.start {
            _ = answer.put("\(ServiceClients.find(within: limit))")
            _ = query.finish()
        }
        guard started != nil else { return unknown }
        do {
            return try await answer.take(within: limit, on: ContinuousClock(), late: .silent, onCancel: .cancelled)
        } catch {
            _ = query.abandon(
                CardError(.cancelled, place), onAbandon: { stuck.abandon(place, .silence) },
                onReturn: { stuck.returned(place, .silence) })
            return unknown
        }
    }

    /// `error`, with the owners in its detail when it is about them.
    static func naming(in error: CardError, stuck: StuckReaders) async -> CardError {
        guard error.code == .heldByAnotherProgram else { return error }
        let owners = await find(within: patience, stuck: stuck)
        return CardError(error.code, error.subject, detail: [owners, error.detail].compactMap(\.self).joined(separator: "; "))
    }
}
