import Synchronization

/// Carries one value, noncopyable ones too, from a blocking thread to a waiting task, once.
///
/// Tasks, continuations and streams refuse noncopyable results. And a thread that is stuck inside a C call cannot be
/// stopped: the wait ends without it, and the thread learns from ``put(_:)`` that it has to clean up by itself.
public final class Handover<Value: ~Copyable & Sendable, Failure: Error>: Sendable {
    private struct State: ~Copyable {
        var value: Value?
        var failure: Failure?
        var waiter: CheckedContinuation<Void, Never>?
        var closed = false

        /// Ends the wait; whoever waits is to be resumed without the lock: a task that is cancelled meanwhile keeps a lock of its own,
        /// which resuming waits for, and waits for ours in its handler.
        mutating func close() -> CheckedContinuation<Void, Never>? {
            closed = true
            return waiter.take()
        }
    }

    private let state = Mutex(State())
    private let settled = Atomic(false)

    /// An empty handover.
    public init() {}

    /// Delivers `value`; gives it back when nobody waits any more, so that the thread cleans up.
    public func put(_ value: consuming Value) -> Value? {
        var value: Value? = consume value
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.closed else { return nil }
            swap(&state.value, &value)
            return state.close()
        }
        settled.store(true, ordering: .releasing)
        waiter?.resume()
        return value
    }

    /// Ends the wait with `failure` (an error, a deadline, a cancellation); `false` when it had ended before.
    ///
    /// The thread is abandoned, not stopped.
    @discardableResult
    public func fail(_ failure: Failure) -> Bool {
        let (isFirst, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
            guard !state.closed else { return (false, nil) }
            state.failure = failure
            return (true, state.close())
        }
        settled.store(true, ordering: .releasing)
        waiter?.resume()
        return isFirst
    }

    /// Whether the wait is over, so that ``take(onCancel:)`` returns at once.
    ///
    /// It takes no lock, so it may be asked again and again without keeping the thread from ``put(_:)``.
    public var isSettled: Bool { settled.load(ordering: .acquiring) }

    /// Waits for the value.
    ///
    /// - Parameter failure: what a cancelled task gets.
    public func take(onCancel failure: Failure) async throws(Failure) -> Value {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if !state.closed { state.waiter = continuation }
                    return state.closed
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            fail(failure)
        }
        var value: Value?
        var thrown: Failure?
        state.withLock {
            swap(&$0.value, &value)
            thrown = $0.failure
        }
        guard let value = consume value else { throw thrown ?? failure }
        return value
    }

    /// Waits for the value, but no longer than `limit`.
    ///
    /// - Parameters:
    ///   - clock: what measures `limit`; tests pass one that they turn by hand.
    ///   - late: what the caller gets when `limit` has passed.
    ///   - cancelled: what a cancelled task gets.
    public func take<C: Clock>(
        within limit: C.Duration, on clock: C, late: Failure, onCancel cancelled: Failure
    ) async throws(Failure) -> Value {
        let timer = Task {
            try? await clock.sleep(until: clock.now.advanced(by: limit), tolerance: nil)
            if !Task.isCancelled { fail(late) }
        }
        defer { timer.cancel() }
        return try await take(onCancel: cancelled)
    }
}
