import Foundation
import Synchronization
import TestSupport
import Testing

@testable import SQLiteStore
@testable import Verification

/// Rows that callers look up on the threads they are on.
@Suite(.timeLimit(.minutes(5))) struct LookupTests {
    private let folder: TemporaryFolder
    private let store: SQLiteStore
    private let one: Enrolment

    init() async throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore(at: folder.path("store"), mark: .test)
        let one = try enrolment("T-1")
        self.one = one
        let insert: @Sendable (any StoreTransaction) throws(StoreError) -> Void = { (transaction) throws(StoreError) in
            try transaction.insert(one)
        }
        try await store.write(insert)
    }

    private func lookUp() async throws(StoreError) -> Enrolment? {
        try await store.lookUp { [one] (reader) throws(StoreError) in try reader.enrolment(one.id) }
    }

    @Test func `many who look up, read and write at once all come to their end`() async throws {
        let found = try await withThrowingTaskGroup(of: Bool.self) { [store, one] group in
            for caller in 0..<96 {
                group.addTask {
                    for round in 0..<25 {
                        let found: Enrolment?
                        switch (caller + round) % 3 {
                        case 0: found = try await lookUp()
                        case 1: found = try await store.read { (reader) throws(StoreError) in try reader.enrolment(one.id) }
                        default: found = try await store.write { (writer) throws(StoreError) in try writer.enrolment(one.id) }
                        }
                        guard found == one else { return false }
                    }
                    return true
                }
            }
            return try await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(found.count == 96 && found.allSatisfy(\.self))
    }

    @Test func `what was acknowledged is looked up`() async throws {
        for failures in 1...50 {
            let count: @Sendable (any StoreTransaction) throws(StoreError) -> Void = { [one] (transaction) throws(StoreError) in
                guard var enrolment = try transaction.enrolment(one.id) else { throw .damaged("it is gone") }
                enrolment.failures += 1
                try transaction.update(enrolment)
            }
            try await store.write(count)
            #expect(try await lookUp()?.failures == failures)
        }
    }

    @Test func `one turn is left, and whoever gets none looks up elsewhere`() async throws {
        let turns = CallerTurns(2)
        #expect(turns.take() && turns.take() && !turns.take())
        turns.give()
        #expect(turns.take() && !turns.take())
        let processors = ProcessInfo.processInfo.activeProcessorCount
        #expect(CallerTurns().count == max(1, processors - 1))

        // Whoever looks up within a lookup's own time finds no turn, where there is but one for all.
        let isHeld = DispatchSemaphore(value: 0)
        let isLet = DispatchSemaphore(value: 0)
        let holders = (0..<CallerTurns().count).map { [store] _ in
            Task {
                try await store.lookUp { (_) throws(StoreError) in
                    isHeld.signal()
                    _ = isLet.wait(timeout: .now() + 60)
                }
            }
        }
        #expect(await eventually { isHeld.wait(timeout: .now()) == .success })
        #expect(try await lookUp() == one)
        for _ in holders { isLet.signal() }
        for holder in holders { try await holder.value }
    }
}
