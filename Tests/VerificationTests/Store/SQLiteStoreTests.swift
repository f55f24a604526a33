import Foundation
import Testing
import Verification

@testable import SQLiteStore

/// What SQLite promises beside what every engine does.
struct SQLiteStoreTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("store.sqlite")
    }

    @Test func `the writing connection promises FULL, read back after opening`() throws {
        let store = try SQLiteStore(at: path, mark: .test)
        #expect(try store.durability() == SQLiteStore.Durability(journal: "wal", synchronous: 2))
    }

    @Test func `it still promises FULL after writes, and when opened again`() async throws {
        do {
            let store = try SQLiteStore(at: path, mark: .test)
            let one = try enrolment()
            try await store.insert(one)
            #expect(try store.durability().synchronous == 2)
        }
        #expect(try SQLiteStore(at: path, mark: .test).durability().synchronous == 2)
    }

    @Test func `two stores in memory know nothing of each other`() async throws {
        let (first, second) = (try SQLiteStore(inMemory: .test), try SQLiteStore(inMemory: .test))
        let one = try enrolment()
        try await first.insert(one)
        #expect(try await first.read { (reader) throws(StoreError) in try reader.enrolment(of: one.device) } == one)
        #expect(try await second.read { (reader) throws(StoreError) in try reader.enrolment(of: one.device) } == nil)
    }

    @Test func `who opens a fresh file together with others gets one that promises FULL, too`() async throws {
        for round in 0..<10 {
            let path = folder.path("race-\(round)")
            let stores = try await withThrowingTaskGroup(of: SQLiteStore.self) { group in
                for _ in 0..<8 { group.addTask { try SQLiteStore(at: path, mark: .test) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for store in stores { #expect(try store.durability().synchronous == 2) }
        }
    }
}
