import Foundation
import StoreTables
import Synchronization
import TestSupport
import Testing
import Verification

@testable import SQLiteStore

/// Lets callers come in the order of their bodies, and runs them as one group, on a plain thread as a store does.
///
/// - Parameter gone: is called when the caller of that number has gone on.
/// - Returns: what each caller was told.
func runTogether<R: Sendable, Place: Sendable>(
    _ bodies: [PendingErrand<R>.Body], at place: Place, gone: @escaping @Sendable (Int) -> Void = { _ in },
    run: @escaping @Sendable ([QueuedErrand<Place>]) -> Void
) async throws -> [Result<R, StoreError>] {
    try await runTogether(bodies, gone: gone, queued: { QueuedErrand($0, at: place) }, run: run)
}

/// The same, for errands that are queued in another way.
func runTogether<R: Sendable, Queued: Sendable>(
    _ bodies: [PendingErrand<R>.Body], gone: @escaping @Sendable (Int) -> Void = { _ in },
    queued: @escaping @Sendable (any Errand) -> Queued, run: @escaping @Sendable ([Queued]) -> Void
) async throws -> [Result<R, StoreError>] {
    let collected = Collected<Queued>()
    return try await withThrowingTaskGroup(of: (Int, Result<R, StoreError>).self) { group in
        for (number, body) in bodies.enumerated() {
            group.addTask {
                do throws(StoreError) {
                    let result = try await PendingErrand(body).outcome { collected.add(queued($0), as: number) }
                    gone(number)
                    return (number, .success(result))
                } catch {
                    gone(number)
                    return (number, .failure(error))
                }
            }
        }
        try #require(await eventually { collected.all.count == bodies.count })
        let errands = collected.all
        Thread.detachNewThread { run(errands) }
        return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }.sorted { $0.key < $1.key }.map(\.value)
    }
}

/// What callers handed over, in the order of their numbers.
final class Collected<Queued: Sendable>: Sendable {
    private let errands = Mutex<[Int: Queued]>([:])

    var all: [Queued] { errands.withLock { errands in errands.sorted { $0.key < $1.key }.map(\.value) } }

    /// Takes one, as the last where it has no number.
    func add(_ errand: Queued, as number: Int? = nil) { errands.withLock { $0[number ?? $0.count] = errand } }
}
