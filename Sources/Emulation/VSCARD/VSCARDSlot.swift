internal import Foundation
internal import ISO7816
internal import Secrets
internal import Synchronization

/// A card in a reader of QEMU, so that the guest's own USB driver meets it: `ccid-card-passthru`, and its chardev as server.
///
/// The slot is the client of that chardev. The reader may be plugged in before or afterwards, and again. The wire is that
/// of ``VSCARDProtocol``: the guest speaks T=0 to the card, and since QEMU tells nothing of power, a login lasts until the
/// reader is plugged in anew. When QEMU ends, the slot tries to reconnect until it is removed.
public final class VSCARDSlot: Sendable {
    /// How the slot is.
    public enum Status: Hashable, Sendable {
        /// Connected; no reader has asked for a card yet.
        case waiting
        /// A reader has the card, or had it: QEMU does not tell when one is unplugged.
        case inserted
        /// The card is at a slow command.
        case busy
        /// The connection is gone, for this reason; it is tried again.
        case reconnecting(VSCARDError)
        /// The card was taken out, for good.
        case removed
    }

    private struct State {
        var status = Status.waiting
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// What QEMU gets to take a connection, or bytes, in milliseconds.
    private static let limit: Int32 = 5000
    /// The pauses between attempts to reconnect, in milliseconds; the last one repeats.
    private static let pauses: [Int32] = [100, 200, 400, 800, 1600, 3200, 5000]

    private let card: VirtualCard
    private let host: String
    private let port: UInt16
    private let slow: SlowCommand?
    private let wake: WakeSignal
    private let state = Mutex(State())

    /// Connects to QEMU and serves `card` from then on.
    ///
    /// - Parameters:
    ///   - host: where QEMU's chardev listens.
    ///   - port: its port.
    ///   - slow: commands that take their time; `nil` when none does.
    /// - Throws: ``VSCARDError``: nothing listens, or the card is elsewhere.
    public static func inserting(
        _ card: VirtualCard, host: String = "localhost", port: UInt16, slow: SlowCommand? = nil
    ) async throws(VSCARDError) -> VSCARDSlot {
        let slot = VSCARDSlot(card, host: host, port: port, slow: slow, wake: try signal())
        if let elsewhere = card.enter("QEMU \(host):\(port)") { throw .cardElsewhere(elsewhere) }
        let first = Handover<VSCARDSlot, VSCARDError>()
        Thread.detachNewThread { slot.run(first) }
        do {
            return try await first.take(
                within: .milliseconds(3 * limit), on: ContinuousClock(), late: .connection(.timedOut("\(host):\(port)")),
                onCancel: .removed)
        } catch {
            // Nobody waits any more: the thread ends at once, and the card may go elsewhere.
            slot.wake.raise()
            throw error
        }
    }

    private init(_ card: VirtualCard, host: String, port: UInt16, slow: SlowCommand?, wake: WakeSignal) {
        self.card = card
        self.host = host
        self.port = port
        self.slow = slow
        self.wake = wake
    }

    /// How the slot is now.
    public var status: Status { state.withLock { $0.status } }

    /// Takes the card out and waits until its thread is done: then it may go elsewhere.
    ///
    /// Calling it twice does nothing more.
    public func remove() async {
        wake.raise()
        await withCheckedContinuation { continuation in
            let over = state.withLock {
                if $0.status != .removed { $0.waiting.append(continuation) }
                return $0.status == .removed
            }
            if over { continuation.resume() }
        }
    }

    // MARK: The thread

    private func run(_ first: Handover<VSCARDSlot, VSCARDError>) {
        var failure: VSCARDError
        do throws(VSCARDError) {
            let connection = try connect()
            guard first.put(self) == nil else { return finish() }
            failure = serve(connection)
        } catch {
            // The card is out before the caller knows, so that it can be inserted elsewhere at once.
            finish()
            first.fail(error)
            return
        }
        var pauses = Self.pauses[...]
        while failure != .removed {
            card.powerOff()
            tell(.reconnecting(failure))
            if wake.wait(milliseconds: pauses.first ?? 0) { break }
            if pauses.count > 1 { pauses.removeFirst() }
            do throws(VSCARDError) {
                let connection = try connect()
                tell(.waiting)
                failure = serve(connection)
                if status != .waiting { pauses = Self.pauses[...] }
            } catch {
                failure = error
            }
        }
        finish()
    }

    private static func signal() throws(VSCARDError) -> WakeSignal {
        do throws(VPCDError) { return try WakeSignal() } catch { throw VSCARDError(error) }
    }

    private func connect() throws(VSCARDError) -> TCPConnection {
        do throws(VPCDError) {
            return try TCPConnection.connect(host: host, port: port, limit: Self.limit, wake: wake)
        } catch {
            throw VSCARDError(error)
        }
    }

    /// Answers QEMU until the connection or the slot ends; returns why it did.
    private func serve(_ connection: consuming TCPConnection) -> VSCARDError {
        var wire = VSCARDProtocol()
        do throws(VSCARDError) {
            try send(VSCARDProtocol.greeting, on: connection)
            while true {
                let bytes = try receive(on: connection)
                for action in try wire.receive(bytes, from: "\(host):\(port)") {
                    try send(try bytesToSend(for: action), on: connection)
                }
            }
        } catch {
            return error
        }
    }

    private func bytesToSend(for action: VSCARDProtocol.Action) throws(VSCARDError) -> [UInt8] {
        switch action {
        case .send(let bytes):
            return bytes
        case .insert:
            card.powerOn()
            tell(.inserted)
            return VSCARDProtocol.insertion(card.atr.bytes)
        case .run(let command):
            let answer = card.process(command)
            let pause = slow?.milliseconds(for: command) ?? 0
            if pause > 0 {
                tell(.busy)
                if wake.wait(milliseconds: pause) { throw .removed }
                tell(.inserted)
            }
            return VSCARDProtocol.answer(answer)
        }
    }

    private func send(_ bytes: [UInt8], on connection: borrowing TCPConnection) throws(VSCARDError) {
        do throws(VPCDError) { try connection.send(bytes, limit: Self.limit, wake: wake) } catch { throw VSCARDError(error) }
    }

    private func receive(on connection: borrowing TCPConnection) throws(VSCARDError) -> [UInt8] {
        do throws(VPCDError) { return try connection.receive(wake: wake) } catch { throw VSCARDError(error) }
    }

    private func tell(_ status: Status) { state.withLock { $0.status = status } }

    private func finish() {
        card.leave()
        let waiting = state.withLock {
            let waiting = $0.waiting
            $0 = State(status: .removed)
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
