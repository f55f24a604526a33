internal import Foundation
internal import ISO7816
internal import Secrets
internal import Synchronization

/// A card in a slot of the real pcscd, through its reader driver vpcd: every PC/SC program of the machine sees it.
///
/// A plain thread serves the slot; it never runs on Swift's cooperative pool. When pcscd restarts, the card comes back by
/// itself, after a back-off.
public final class VPCDSlot: Sendable {
    /// How the slot is.
    public enum Status: Hashable, Sendable {
        /// vpcd has the card.
        case connected
        /// vpcd is gone, for this reason; it is tried again.
        case reconnecting(VPCDError)
        /// The card was taken out, for good.
        case removed
    }

    private struct State {
        var status: Status
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// What vpcd gets to take a connection, or bytes, in milliseconds.
    private static let limit: Int32 = 5000
    /// The pauses between attempts to reconnect, in milliseconds; the last one repeats.
    private static let pauses: [Int32] = [100, 200, 400, 800, 1600, 3200, 5000]

    private let card: VirtualCard
    private let host: String
    private let port: UInt16
    private let wake: WakeSignal
    private let state = Mutex(State(status: .connected))

    /// Inserts `card`: connects to vpcd, waits until it has seen the card (within 400 ms), and serves it from then on.
    ///
    /// - Parameters:
    ///   - host: where vpcd listens.
    ///   - port: the slot: 35963 is the first of Debian's configuration, 35964 the second.
    /// - Throws: ``VPCDError``: nothing listens, another card is in this slot (``VPCDError/timedOut(_:)`` after five
    ///   seconds), or the card is elsewhere.
    public static func inserting(_ card: VirtualCard, host: String = "localhost", port: UInt16 = 35963) async throws(VPCDError) -> VPCDSlot
    {
        let slot = VPCDSlot(card, host: host, port: port, wake: try WakeSignal())
        if let elsewhere = card.enter("vpcd \(host):\(port)") { throw .cardElsewhere(elsewhere) }
        let first = Handover<VPCDSlot, VPCDError>()
        Thread.detachNewThread { slot.run(first) }
        do {
            return try await first.take(
                within: .milliseconds(3 * limit), on: ContinuousClock(), late: .timedOut("\(host):\(port)"), onCancel: .removed)
        } catch {
            // Nobody waits any more: the thread ends at once, and the card may go elsewhere.
            slot.wake.raise()
            throw error
        }
    }

    private init(_ card: VirtualCard, host: String, port: UInt16, wake: WakeSignal) {
        self.card = card
        self.host = host
        self.port = port
        self.wake = wake
    }

    /// How the slot is now.
    public var status: Status { state.withLock { $0.status } }

    /// Takes the card out and waits until its thread is done: then it may go into another slot.
    ///
    /// vpcd notices within 400 ms; until then another card in its place passes for the same one. Calling it twice does
    /// nothing more.
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

    private func run(_ first: Handover<VPCDSlot, VPCDError>) {
        var failure: VPCDError
        do throws(VPCDError) {
            let connection = try connect()
            let greeting = try greeting(on: connection)
            guard first.put(self) == nil else { return finish() }
            failure = serve(connection, beginning: greeting)
        } catch {
            // The card is out before the caller knows, so that it can be inserted elsewhere at once.
            finish()
            first.fail(error)
            return
        }
        while failure != .removed {
            card.powerOff()
            failure = reconnectAndServe(failure)
        }
        finish()
    }

    private func connect() throws(VPCDError) -> TCPConnection {
        try TCPConnection.connect(host: host, port: port, limit: Self.limit, wake: wake)
    }

    /// The first bytes of a vpcd that has taken the card; a slot with another card takes the connection and says nothing.
    private func greeting(on connection: borrowing TCPConnection) throws(VPCDError) -> [UInt8] {
        let greeting = try connection.receive(limit: Self.limit, wake: wake)
        guard VPCDProtocol.isGreeting(greeting) else { throw .notVPCD("\(host):\(port)") }
        return greeting
    }

    /// Tries until vpcd is back, then serves; returns why that ended.
    private func reconnectAndServe(_ failure: VPCDError) -> VPCDError {
        var failure = failure
        var pauses = Self.pauses[...]
        while failure != .removed {
            state.withLock { $0.status = .reconnecting(failure) }
            guard !wake.wait(milliseconds: pauses.first ?? 0) else { return .removed }
            if pauses.count > 1 { pauses.removeFirst() }
            do throws(VPCDError) {
                let connection = try connect()
                let greeting = try greeting(on: connection)
                state.withLock { $0.status = .connected }
                return serve(connection, beginning: greeting)
            } catch {
                failure = error
            }
        }
        return failure
    }

    /// Answers vpcd until the connection or the slot ends; returns why it did.
    private func serve(_ connection: consuming TCPConnection, beginning greeting: [UInt8]) -> VPCDError {
        var wire = VPCDProtocol()
        var bytes = greeting
        do throws(VPCDError) {
            while true {
                for request in wire.receive(bytes) {
                    guard let answer = answer(request) else { continue }
                    try connection.send(try VPCDProtocol.frame(answer), limit: Self.limit, wake: wake)
                }
                bytes = try connection.receive(wake: wake)
            }
        } catch {
            return error
        }
    }

    private func answer(_ request: VPCDProtocol.Request) -> [UInt8]? {
        switch request {
        case .powerOff: card.powerOff()
        case .powerOn: card.powerOn()
        case .reset: card.reset()
        case .atr: return card.atr.bytes
        case .apdu(let command):
            // vpcd looks for a card every 400 ms. One that replaced another meanwhile was never told to take power.
            if !card.isPowered { card.powerOn() }
            return card.process(command)
        }
        return nil
    }

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
