import DeviceProtocol
import Glibc
import Secrets
import Synchronization

/// The right to ask at one terminal, from the question to its answer.
///
/// Two who ask at the same terminal share its keys: half of a PIN would go to either card, and the echo would come back while
/// the other one types. Who asked first is first.
final class TerminalTurn: Sendable {
    /// What a terminal, or a pipe, is to the system, under whatever name it was opened.
    private struct Place: Hashable {
        let device: dev_t
        let node: ino_t

        init(_ status: stat) { (device, node) = (status.st_dev, status.st_ino) }
    }

    /// Who asks, and behind it who waits, of each place.
    private static let queues = Mutex<[Place: [TerminalTurn]]>([:])

    private let place: Place
    private let call = Handover<Bool, HolderError>()

    private init(_ place: Place) { self.place = place }

    /// Waits for the turn at the terminal that was opened under this descriptor.
    ///
    /// - Throws: `timedOut` when others ask for longer than `limit`; `cancelled`; `unavailable` when nothing is open there.
    static func taken(at descriptor: Int32, within limit: Duration) async throws(HolderError) -> TerminalTurn {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .unavailable }
        return try await taken(Place(status), limit)
    }

    /// The same of a terminal by its name, as `/dev/pts/3`.
    static func taken(at path: String, within limit: Duration) async throws(HolderError) -> TerminalTurn {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw .unavailable }
        return try await taken(Place(status), limit)
    }

    private static func taken(_ place: Place, _ limit: Duration) async throws(HolderError) -> TerminalTurn {
        let turn = TerminalTurn(place)
        let isFirst = queues.withLock { queues in
            queues[place, default: []].append(turn)
            return queues[place]?.count == 1
        }
        if isFirst { _ = turn.call.put(true) }
        do throws(HolderError) {
            _ = try await turn.call.take(within: limit, on: ContinuousClock(), late: .timedOut, onCancel: .cancelled)
            return turn
        } catch {
            turn.leave()
            throw error
        }
    }

    /// Lets the next one ask; a second time it does nothing.
    func leave() {
        let next = Self.queues.withLock { queues -> TerminalTurn? in
            guard var queue = queues[place], let index = queue.firstIndex(where: { $0 === self }) else { return nil }
            queue.remove(at: index)
            queues[place] = queue.isEmpty ? nil : queue
            return index == 0 ? queue.first : nil
        }
        // One that has given up meanwhile leaves by itself, and then calls who is behind it.
        _ = next?.call.put(true)
    }
}
