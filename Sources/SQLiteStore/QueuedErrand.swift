import StoreTables
import Synchronization
import Verification

/// One caller's errand that waits for its turn, and where it is to be run.
final class QueuedErrand<Place: Sendable>: Sendable {
    private let errand: any Errand
    /// Given away when its turn comes: whoever goes on after it is then the last to hold the store.
    private let place: Mutex<Place?>

    init(_ errand: any Errand, at place: Place) {
        self.errand = errand
        self.place = Mutex(place)
    }

    /// Says that its turn has come, and gives away where it is to be run; `nil` when its caller has left.
    func begin() -> Place? {
        let place = place.withLock { $0.take() }
        return errand.begin() ? place : nil
    }

    /// Runs its body and keeps the result; what it returns asks for its changes to be undone.
    func run(in transaction: SQLiteTransaction) -> StoreError? { errand.run(in: transaction) }

    /// Lets its caller go on: with the result, or with why nothing came of the whole group.
    func end(_ failure: StoreError?) {
        if let failure { errand.end(unlessItFailed: failure) } else { errand.end(nil) }
    }
}

extension Array {
    /// Those whose turn has come, and where they are to be run: all of them at one place; `nil` when all callers have left.
    func begun<Place>() -> (errands: Self, place: Place)? where Element == QueuedErrand<Place> {
        var place: Place?
        let errands = filter { errand in
            guard let its = errand.begin() else { return false }
            place = its
            return true
        }
        return place.map { (errands, $0) }
    }
}
