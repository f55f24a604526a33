import Foundation
import GRDB
import StoreTables
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
        one = try enrolment("T-1")
        try await store.insert(one)
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

    @Test func `what others wrote is looked up`() async throws {
        let other = try SQLiteStore(at: folder.path("store"), mark: .test)
        #expect(try await lookUp() == one)
        let two = try enrolment("T-2")
        try await other.insert(two)
        #expect(try await store.lookUp { (reader) throws(StoreError) in try reader.enrolment(two.id) } == two)
    }

    @Test func `a store that was let go leaves one file, with everything in it`() async throws {
        let path = folder.path("alone")
        let one = one
        do {
            let store = try SQLiteStore(at: path, mark: .test)
            try await store.insert(one)
            #expect(try await store.lookUp { (reader) throws(StoreError) in try reader.enrolment(one.id) } == one)
        }
        #expect(await eventually { !FileManager.default.fileExists(atPath: path + "-wal") })
        try FileManager.default.copyItem(atPath: path, toPath: path + "-copy")
        let copy = try SQLiteStore(at: path + "-copy", mark: .test)
        #expect(try await copy.read { (reader) throws(StoreError) in try reader.enrolment(one.id) } == one)
    }

    @Test func `a turn is taken by one at a time, and one of the processors gets none`() {
        let turns = CallerTurns(2)
        #expect(turns.take() && turns.take() && !turns.take())
        turns.give()
        #expect(turns.take() && !turns.take())
        #expect(CallerTurns().count == min(8, ProcessInfo.processInfo.activeProcessorCount - 1))
        #expect(!CallerTurns(0).take())
    }

    @Test func `whoever gets no turn is told so at once`() async throws {
        let path = folder.path("store")
        let readers = LookupConnections(
            beside: try DatabasePool(path: path), at: path, Configuration(), secrets: StoredSecrets(protection: nil), turns: CallerTurns(1))
        let find: @Sendable (any StoreReader) throws(StoreError) -> Enrolment? = { [one] (reader) throws(StoreError) in
            try reader.enrolment(one.id)
        }
        let (isHeld, isLet) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let wasLet = Mutex<Bool?>(nil)
        Thread.detachNewThread {
            let held = readers.lookUp { (_) throws(StoreError) in
                isHeld.signal()
                return isLet.wait(timeout: .now() + 60) == .success
            }
            wasLet.withLock { $0 = try? held?.get() }
        }
        #expect(await eventually { isHeld.wait(timeout: .now()) == .success })
        #expect(readers.lookUp(find) == nil)
        isLet.signal()
        #expect(await eventually { wasLet.withLock { $0 } == true })
        #expect(await eventually { readers.lookUp(find) == .success(one) })
    }
}
