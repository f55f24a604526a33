import GRDB
import StoreTables
import Synchronization
import Verification

/// One caller's transaction, as the writing thread sees it.
protocol QueuedWrite: AnyObject, Sendable {
    /// Says that its turn has come, and gives away where it writes to; `nil` when its caller has left.
    func begin() -> (any DatabaseWriter)?
    /// Runs its body and keeps the result; what it returns asks for its changes to be undone.
    func run(in database: Database) -> StoreError?
    /// Lets its caller go on: with the result, or with why nothing of the whole group was stored.
    func end(_ failure: StoreError?)
}

/// One caller's transaction on its way through a group, once.
final class PendingWrite<R: Sendable>: QueuedWrite {
    typealias Body = @Sendable (any StoreTransaction) throws(StoreError) -> R

    private enum Phase { case new, cancelled, begun, over }

    private struct State {
        var phase = Phase.new
        /// Given away when its turn comes: whoever goes on after it is then the last to hold the store.
        var database: (any DatabaseWriter)?
        var result: Result<R, StoreError>?
        var caller: CheckedContinuation<Result<R, StoreError>, Never>?
    }

    private let body: Body
    private let secrets: StoredSecrets
    private let state: Mutex<State>

    init(_ body: @escaping Body, in database: any DatabaseWriter, secrets: StoredSecrets) {
        self.body = body
        self.secrets = secrets
        state = Mutex(State(database: database))
    }

    /// Hands the transaction to `enqueue` and waits until it is durable, or was not done.
    ///
    /// A task that is cancelled before its turn leaves at once; afterwards it waits for the outcome, which is then a fact.
    func outcome(of enqueue: (any QueuedWrite) -> Void) async throws(StoreError) -> R {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { caller in
                let isCancelled = state.withLock { state in
                    guard state.phase == .new else { return true }
                    state.caller = caller
                    return false
                }
                if isCancelled { caller.resume(returning: .failure(.cancelled)) } else { enqueue(self) }
            }
        } onCancel: {
            let caller = state.withLock { state -> CheckedContinuation<Result<R, StoreError>, Never>? in
                guard state.phase == .new else { return nil }
                state.phase = .cancelled
                return state.caller.take()
            }
            caller?.resume(returning: .failure(.cancelled))
        }
        return try result.get()
    }

    func begin() -> (any DatabaseWriter)? {
        state.withLock { state in
            guard state.phase == .new else { return nil }
            state.phase = .begun
            return state.database.take()
        }
    }

    func run(in database: Database) -> StoreError? {
        let result = Result { () throws(StoreError) in try body(SQLiteTransaction(database: database, secrets: secrets)) }
        state.withLock { $0.result = result }
        if case .failure(let error) = result { return error }
        return nil
    }

    func end(_ failure: StoreError?) {
        let (caller, result) = state.withLock { state in
            state.phase = .over
            return (state.caller.take(), state.result)
        }
        // A body that failed by itself has its own reason, whatever became of the others.
        if case .failure = result, let result {
            caller?.resume(returning: result)
        } else {
            caller?.resume(returning: failure.map(Result.failure) ?? result ?? .failure(.unavailable("the transaction did not run")))
        }
    }
}
