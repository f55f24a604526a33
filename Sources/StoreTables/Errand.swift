import Synchronization
package import Verification

/// One caller's body, as the thread sees it that runs it for a store.
package protocol Errand: AnyObject, Sendable {
    /// Whether its caller waits for a connection when there is none left; otherwise they have another way.
    var isPatient: Bool { get }
    /// Says that its turn has come; `false` when its caller has left.
    func begin() -> Bool
    /// Runs the body, perhaps several times, and keeps the result; what it returns asks for its changes to be undone.
    func run(in transaction: TableTransaction) -> StoreError?
    /// Replaces what the body returned, because the server had refused something that the body hid.
    func spoil(_ error: StoreError)
    /// Lets the caller go on: with the result, or with why there is none.
    func end(_ failure: StoreError?)
    /// Lets the caller go on after the commit failed: a body that failed by itself has its own reason, whatever became of the others.
    func end(unlessItFailed failure: StoreError)
}

/// One caller's body on its way to the thread and back, once.
///
/// Results are large: they are moved from the body to the caller, and not copied.
package final class PendingErrand<R: Sendable>: Errand {
    package typealias Body = @Sendable (TableTransaction) throws(StoreError) -> R

    private enum Phase { case new, cancelled, begun, over }

    private struct State {
        var phase = Phase.new
        /// Until it is over: whatever the body holds is then its caller's alone.
        var body: Body?
        var result: R?
        /// Why there is no result.
        var failure: StoreError?
        var caller: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>
    /// Whose task it was made in.
    private let requester = Requester.current
    package let isPatient: Bool

    package init(isPatient: Bool = true, _ body: @escaping Body) {
        state = Mutex(State(body: body))
        self.isPatient = isPatient
    }

    /// Hands itself to `enqueue` and waits for what becomes of it.
    ///
    /// A task that is cancelled before its turn leaves at once; afterwards it waits for the outcome, which is then a fact.
    package func outcome(of enqueue: (any Errand) -> Void) async throws(StoreError) -> R {
        await withTaskCancellationHandler {
            await withCheckedContinuation { caller in
                let isCancelled = state.withLock { state in
                    guard state.phase == .new else { return true }
                    state.caller = caller
                    return false
                }
                if isCancelled { caller.resume() } else { enqueue(self) }
            }
        } onCancel: {
            let caller = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard state.phase == .new else { return nil }
                (state.phase, state.body, state.failure) = (.cancelled, nil, .cancelled)
                return state.caller.take()
            }
            caller?.resume()
        }
        let (result, failure) = state.withLock { ($0.result.take(), $0.failure) }
        if let failure { throw failure }
        guard let result else { throw .unavailable("the transaction did not run") }
        return result
    }

    package func begin() -> Bool {
        state.withLock { state in
            guard state.phase == .new else { return false }
            state.phase = .begun
            return true
        }
    }

    package func run(in transaction: TableTransaction) -> StoreError? {
        guard let body = state.withLock({ $0.body }) else { return .cancelled }
        do throws(StoreError) {
            let result = try body(transaction.asked(by: requester))
            state.withLock { ($0.result, $0.failure) = (result, nil) }
            return nil
        } catch {
            state.withLock { ($0.result, $0.failure) = (nil, error) }
            return error
        }
    }

    package func spoil(_ error: StoreError) { state.withLock { ($0.result, $0.failure) = (nil, error) } }

    package func end(unlessItFailed failure: StoreError) { end(state.withLock { $0.failure } ?? failure) }

    package func end(_ failure: StoreError?) {
        let caller = state.withLock { state -> CheckedContinuation<Void, Never>? in
            // What is over stays as it is: its caller may not have taken the result yet.
            guard state.phase != .over else { return nil }
            (state.phase, state.body) = (.over, nil)
            if let failure { (state.result, state.failure) = (nil, failure) }
            return state.caller.take()
        }
        caller?.resume()
    }
}
