internal import Foundation
internal import Secrets
internal import Synchronization

/// The status of a slot, as far as ``SlotThread`` has to know it.
protocol SlotStatus: Hashable, Sendable {
    associatedtype Failure: SlotFailure

    /// The peer is gone, for this reason; it is tried again.
    static func reconnecting(_ failure: Failure) -> Self
    /// The card was taken out, for good.
    static var removed: Self { get }
    /// Whether the peer has taken the card.
    var hasArrived: Bool { get }
}

/// Why a slot does not go on.
protocol SlotFailure: Error, Hashable {
    /// The card was taken out.
    static var removed: Self { get }
    /// What a socket's error is in this slot.
    init(_ error: VPCDError)
}

/// The plain thread behind a slot: it connects to the peer and serves it, again and again, until the card is taken out.
///
/// What is said to the peer is the slot's own affair; when, and how the thread begins and ends, is here. It never runs on
/// Swift's cooperative pool.
final class SlotThread<Status: SlotStatus>: Sendable {
    typealias Failure = Status.Failure
    /// Talks on one connection until that ends or the card is taken out, and throws the reason.
    typealias Serve = @Sendable (inout SlotConnection<Failure>) throws(Failure) -> Never

    private struct State {
        var status: Status
        var hasCaller = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    let card: VirtualCard
    let host: String
    let port: UInt16
    /// What the peer gets to take a connection, or bytes, in milliseconds.
    private let limit: Int32
    private let wake: WakeSignal
    private let first = Handover<Void, Failure>()
    private let state: Mutex<State>

    /// A slot that nothing serves yet.
    init(_ card: VirtualCard, host: String, port: UInt16, patience: Duration, _ status: Status) throws(Failure) {
        do throws(VPCDError) { wake = try WakeSignal() } catch { throw Failure(error) }
        self.card = card
        self.host = host
        self.port = port
        limit = Int32(max(0, min((patience / .milliseconds(1)).rounded(.up), Double(Int32.max))))
        state = Mutex(State(status: status))
    }

    /// `HOST:PORT`, for errors.
    var place: String { "\(host):\(port)" }

    /// How the slot is now.
    var status: Status { state.withLock { $0.status } }

    /// Tells how the slot is.
    func tell(_ status: Status) { state.withLock { $0.status = status } }

    /// Begins to serve, once in a slot's life; returns with the first ``arrive(_:)``.
    ///
    /// - Parameter late: what is thrown when there is none in time.
    func start(late: Failure, serve: @escaping Serve) async throws(Failure) {
        Thread.detachNewThread { self.run(serve) }
        do {
            try await first.take(
                within: .milliseconds(3 * Int64(limit)), on: ContinuousClock(), late: late, onCancel: .removed)
        } catch {
            // Nobody waits any more: the thread ends at once, and the card may go elsewhere.
            wake.raise()
            throw error
        }
    }

    /// Says that the caller of ``start(late:serve:)`` may have the slot, and how the slot now is; for `serve`.
    ///
    /// - Throws: `removed` when the caller waits no more.
    func arrive(_ status: Status) throws(Failure) {
        if !hasCaller {
            guard first.put(()) == nil else { throw .removed }
        }
        state.withLock {
            $0.hasCaller = true
            $0.status = status
        }
    }

    /// Takes the card out and waits until the thread is done; calling it twice does nothing more.
    func stop() async {
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

    private var hasCaller: Bool { state.withLock { $0.hasCaller } }

    private func run(_ serve: Serve) {
        var pauses = BackOff()
        while true {
            let failure = attempt(serve)
            guard hasCaller else {
                // The card is out before the caller knows, so that it can be inserted elsewhere at once.
                finish()
                first.fail(failure)
                return
            }
            if status.hasArrived { pauses = BackOff() }
            guard failure != .removed else { return finish() }
            card.powerOff()
            tell(.reconnecting(failure))
            guard !pauses.wait(for: wake) else { return finish() }
        }
    }

    /// Connects and serves; returns why that ended.
    private func attempt(_ serve: Serve) -> Failure {
        do throws(Failure) {
            var connection = try SlotConnection<Failure>.opening(host: host, port: port, limit: limit, wake: wake)
            try serve(&connection)
        } catch {
            return error
        }
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

/// The pauses between attempts to reconnect: longer and longer, up to five seconds.
private struct BackOff {
    private var pauses: ArraySlice<Int32> = [100, 200, 400, 800, 1600, 3200, 5000]

    /// Waits for the next pause; `true` when `wake` was raised.
    mutating func wait(for wake: WakeSignal) -> Bool {
        let pause = pauses.first ?? 0
        if pauses.count > 1 { pauses.removeFirst() }
        return wake.wait(milliseconds: pause)
    }
}
