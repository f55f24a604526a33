import StoreTables
import Synchronization
import TestSupport
import Testing
import Verification

@testable import SQLiteStore

/// Lets callers come in the order of their bodies, and runs them as one group.
///
/// - Parameter gone: is called when the caller of that number has gone on.
/// - Returns: what each caller was told.
func runTogether<R: Sendable, Place: Sendable>(
    _ bodies: [PendingErrand<R>.Body], at place: Place, gone: @escaping @Sendable (Int) -> Void = { _ in },
    run: ([QueuedErrand<Place>]) -> Void
) async throws -> [Result<R, StoreError>] {
    let collected = Collected<Place>()
    return try await withThrowingTaskGroup(of: (Int, Result<R, StoreError>).self) { group in
        for (number, body) in bodies.enumerated() {
            group.addTask {
                do throws(StoreError) {
                    let result = try await PendingErrand(body).outcome { collected.add(QueuedErrand($0, at: place), as: number) }
                    gone(number)
                    return (number, .success(result))
                } catch {
                    gone(number)
                    return (number, .failure(error))
                }
            }
        }
        try #require(await eventually { collected.errands.count == bodies.count })
        run(collected.errands)
        return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }.sorted { $0.key < $1.key }.map(\.value)
    }
}

/// What callers handed over, in the order of their numbers.
private final class Collected<Place: Sendable>: Sendable {
    private let all = Mutex<[Int: QueuedErrand<Place>]>([:])

    var errands: [QueuedErrand<Place>] { all.withLock { all in all.sorted { $0.key < $1.key }.map(\.value) } }

    func add(_ errand: QueuedErrand<Place>, as number: Int) { all.withLock { $0[number] = errand } }
}
