public import CoreMetrics
import Foundation
import Synchronization

/// Hashes secrets and checks them, as many at once as there are cores; whoever comes when the queue is full is sent away before
/// any work is done for them.
///
/// A hash takes some 100 ms of one core and 32 MiB. It runs on a thread of its own, never on one of those that all tasks share.
/// Who waits does so for at most the queue's length times that, divided by the cores.
public final class SecretHasher: Sendable {
    private struct State {
        var running = 0
        var begun = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// What new hashes cost; those that cost less are made anew when the secret is next given.
    public let cost: ScryptCost
    private let lanes: Int
    private let capacity: Int
    private let random: @Sendable () -> any RandomNumberGenerator
    private let state = Mutex(State())
    private let overflows: Counter
    private let durations: CoreMetrics.Timer

    /// A queue.
    ///
    /// - Parameters:
    ///   - lanes: how many hashes run at once; one a core by default.
    ///   - capacity: how many may wait besides.
    ///   - metrics: takes how many were sent away, and how long the others were in the queue and hashing.
    ///   - random: gives the source of salts.
    public init(
        cost: ScryptCost = .standard, lanes: Int? = nil, capacity: Int = 64, metrics: any MetricsFactory = MetricsSystem.factory,
        random: @escaping @Sendable () -> any RandomNumberGenerator = { SystemRandomNumberGenerator() }
    ) {
        overflows = Counter(label: "tessera_password_queue_overflows", dimensions: [], factory: metrics)
        durations = CoreMetrics.Timer(label: "tessera_password_duration", dimensions: [], factory: metrics)
        self.cost = cost
        self.lanes = max(lanes ?? ProcessInfo.processInfo.activeProcessorCount, 1)
        self.capacity = max(capacity, 0)
        self.random = random
    }

    /// Hashes a secret.
    ///
    /// - Throws: ``SubscriberError/busy``, ``SubscriberError/noMemory``.
    public func hash(_ secret: HeldSecret) async throws(SubscriberError) -> SecretHash {
        let (cost, random) = (cost, random)
        let hash: SecretHash? = try await run {
            var generator = random()
            return SecretHash.hashing(secret.bytes, cost: cost, using: &generator)
        }
        guard let hash else { throw .noMemory }
        return hash
    }

    /// Whether a secret is the one that was hashed.
    ///
    /// A hash that cost less takes today's work all the same, in one turn of the queue: or who is known would be told by the time.
    ///
    /// - Throws: ``SubscriberError/busy``, ``SubscriberError/noMemory``.
    public func check(_ secret: HeldSecret, against hash: SecretHash) async throws(SubscriberError) -> Bool {
        let cost = cost
        guard let matches = try await run({ hash.matches(secret.bytes, workingLike: cost) }) else { throw .noMemory }
        return matches
    }

    /// How many run and how many wait.
    var load: (running: Int, waiting: Int) { state.withLock { ($0.running, $0.waiting.count) } }

    /// How many have begun since the start.
    var begun: Int { state.withLock { $0.begun } }

    /// Runs `work` on a thread of its own, once there is a lane.
    func run<R: Sendable>(_ work: @escaping @Sendable () -> R) async throws(SubscriberError) -> R {
        let start = ContinuousClock.now
        guard await enter() else {
            overflows.increment()
            throw .busy
        }
        defer {
            leave()
            durations.recordNanoseconds((ContinuousClock.now - start).nanoseconds)
        }
        state.withLock { $0.begun += 1 }
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: work()) }
        }
    }

    /// Takes a lane, now or when one is free; `false` when too many wait already.
    private func enter() async -> Bool {
        enum Place { case lane, queue, none }
        let isRefused = Mutex(false)
        await withCheckedContinuation { continuation in
            let place: Place = state.withLock { state in
                if state.running < lanes {
                    state.running += 1
                    return .lane
                }
                guard state.waiting.count < capacity else { return .none }
                state.waiting.append(continuation)
                return .queue
            }
            switch place {
            case .lane: continuation.resume()
            case .queue: break
            case .none:
                isRefused.withLock { $0 = true }
                continuation.resume()
            }
        }
        return !isRefused.withLock { $0 }
    }

    /// Gives the lane to whoever has waited longest.
    private func leave() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
