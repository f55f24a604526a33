#if PostgreSQL
import StoreTables
import Verification

/// One of the threads that read: each body over one consistent state, beside whoever writes.
final class ReadLane {
    private let link: ServerLink
    private let secrets: StoredSecrets
    private let queue: ErrandQueue

    init(_ link: ServerLink, secrets: StoredSecrets, queue: ErrandQueue) {
        self.link = link
        self.secrets = secrets
        self.queue = queue
    }

    /// The life of the thread.
    func serve() {
        while let group = queue.take(atMost: 1) {
            for errand in group where errand.begin() {
                guard let failure = read(errand) else { continue }
                errand.end(failure)
                // Whoever came meanwhile would wait as long for the same.
                guard failure.isOfConnection, errand.isPatient || !failure.isOfCrowd else { continue }
                for other in queue.takeAll() where other.begin() { other.end(failure) }
            }
        }
    }

    /// Why nothing could be read; `nil` when the caller has gone on with the result.
    private func read(_ errand: any Errand) -> StoreError? {
        var (deadline, wasConnected) = (link.deadline, link.isConnected)
        while true {
            do throws(ServerFailure) {
                let connection = try link.connected(until: deadline, bearsCrowds: errand.isPatient)
                connection.forget()
                try connection.start("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                _ = errand.run(in: TableTransaction(connection: connection, secrets: secrets))
                if let failure = connection.settled() { throw failure }
                errand.end(nil)
                do throws(ServerFailure) { try connection.query("COMMIT") } catch { link.drop() }
                return nil
            } catch {
                link.recover(from: error)
                // A connection from before may have died in silence, which took the time: a server has it anew from then on.
                if error.isLost, wasConnected { (deadline, wasConnected) = (link.deadline, false) }
                guard error.isLost, ContinuousClock.now < deadline else { return error.error(from: link.address.name) }
            }
        }
    }
}

extension StoreError {
    /// Whether the server has no connection left.
    var isOfCrowd: Bool { if case .exhausted(.connections, _, _) = self { true } else { false } }
}
#endif
