import StoreTables
import Synchronization
import Testing
import Verification

/// One caller's body on its way to the thread that runs it, and back.
struct ErrandTests {
    private static var transaction: TableTransaction {
        TableTransaction(connection: NoConnection(), secrets: StoredSecrets(protection: nil))
    }

    /// An errand whose body fails with these, one after the other, and then succeeds.
    private func errand(failing failures: StoreError...) -> PendingErrand<Int> {
        let left = Left(failures)
        return PendingErrand { (_) throws(StoreError) in
            if let failure = left.next() { throw failure }
            return 1
        }
    }

    /// What its caller hears, once `serve` has done with it.
    private func outcome(
        of errand: PendingErrand<Int>, _ serve: (any Errand) -> Void
    ) async -> Result<Int, StoreError> {
        do throws(StoreError) { return .success(try await errand.outcome(of: serve)) } catch { return .failure(error) }
    }

    @Test func `its result is its caller's`() async {
        let heard = await outcome(of: errand()) { errand in
            #expect(errand.begin())
            #expect(errand.run(in: Self.transaction) == nil)
            errand.end(nil)
        }
        #expect(heard == .success(1))
    }

    @Test func `run once more, it is as it was the last time`() async {
        let better = await outcome(of: errand(failing: .busy)) { errand in
            #expect(errand.begin())
            #expect(errand.run(in: Self.transaction) == .busy)
            #expect(errand.run(in: Self.transaction) == nil)
            errand.end(nil)
        }
        #expect(better == .success(1))
    }

    @Test func `a result that the commit lost is none, and a failure of its own stays its own`() async {
        let lost = await outcome(of: errand()) { errand in
            #expect(errand.begin())
            #expect(errand.run(in: Self.transaction) == nil)
            errand.end(unlessItFailed: .full)
        }
        #expect(lost == .failure(.full))
        let own = await outcome(of: errand(failing: .busy)) { errand in
            #expect(errand.begin())
            #expect(errand.run(in: Self.transaction) == .busy)
            errand.end(unlessItFailed: .full)
        }
        #expect(own == .failure(.busy))
        let spoilt = await outcome(of: errand()) { errand in
            #expect(errand.begin())
            #expect(errand.run(in: Self.transaction) == nil)
            errand.spoil(.conflict("refused"))
            errand.end(nil)
        }
        #expect(spoilt == .failure(.conflict("refused")))
    }

    @Test func `what is over stays as it is`() async {
        let heard = await outcome(of: errand()) { errand in
            #expect(errand.begin())
            #expect(errand.run(in: Self.transaction) == nil)
            errand.end(nil)
            errand.end(.full)
        }
        #expect(heard == .success(1))
    }

    @Test func `one that never ran says so`() async {
        let heard = await outcome(of: errand()) { $0.end(nil) }
        #expect(heard == .failure(.unavailable("the transaction did not run")))
    }

    @Test func `a task that was cancelled before does not even wait for its turn`() async {
        let task = Task { [errand = errand()] in
            withUnsafeCurrentTask { unsafe $0?.cancel() }
            return await outcome(of: errand) { _ in Issue.record("it was to have a turn") }
        }
        #expect(await task.value == .failure(.cancelled))
    }
}

/// Failures that are still to come.
private final class Left: Sendable {
    private let failures: Mutex<[StoreError]>

    init(_ failures: [StoreError]) { self.failures = Mutex(failures) }

    func next() -> StoreError? { failures.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}
