import Testing
import Verification

@testable import SQLiteStore

/// Reads whose caller goes away while SQLite is at work.
@Suite struct GivenUpReadTests {
    @Test func `a read that is given up was cancelled, and the store is as good as before`() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(at: folder.path("store.sqlite"), mark: .test)
        var cancelled = 0
        for _ in 0..<1_000 where cancelled == 0 {
            let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
            let read = Task {
                try await store.read { (reader) throws(StoreError) in
                    beginning.finish()
                    for _ in 0..<50_000 where try reader.lastChange() < 0 {}
                }
            }
            for await _ in begun {}
            read.cancel()
            switch await read.result {
            case .success: continue
            case .failure(StoreError.cancelled): cancelled += 1
            case .failure(let error): Issue.record("\(error)")
            }
        }
        #expect(cancelled > 0)
        #expect(try await store.read { (reader) throws(StoreError) in try reader.lastChange() } == 0)
    }
}
