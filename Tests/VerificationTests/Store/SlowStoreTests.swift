import Dispatch
import SQLiteStore
import TestSupport
import Testing

@testable import Verification

/// A store that takes its time, for which these tests keep one of Swift's few threads: one test at a time, or none would be left.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SlowStoreTests {
    private let folder: TemporaryFolder
    private let store: SQLiteStore

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore(at: folder.path("store"), mark: .test)
    }

    @Test func `an actor that writes can be asked meanwhile`() async throws {
        try await expectAnswers { [store] (latch) async throws(StoreError) in
            try await store.write { (_) throws(StoreError) in latch.hold() }
        }
    }

    @Test func `an actor that looks and writes can be asked meanwhile`() async throws {
        try await expectAnswers { [store] (latch) async throws(StoreError) in
            try await store.write(
                afterLooking: { (_) throws(StoreError) in }, thinking: { (_, _) throws(StoreError) in },
                { (_, _) throws(StoreError) in latch.hold() })
        }
    }

    @Test func `an actor that looks up can be asked meanwhile`() async throws {
        try await expectAnswers { [store] (latch) async throws(StoreError) in
            try await store.lookUp { (_) throws(StoreError) in latch.hold() }
        }
    }

    /// Lets an actor use the store, keeps the store there, and asks the actor for a sign of life.
    private func expectAnswers(_ use: @escaping @Sendable (Latch) async throws(StoreError) -> Bool) async throws {
        let (actor, latch, answered) = (CallingActor(), Latch(), DispatchSemaphore(value: 0))
        async let using = actor.run { try await use(latch) }
        #expect(await eventually { latch.isHeld })
        async let asked: Void = {
            await actor.answer()
            answered.signal()
        }()
        #expect(await eventually { answered.wait(timeout: .now()) == .success })
        latch.release()
        await asked
        #expect(try await using)
    }
}

/// Uses a store, and answers.
private actor CallingActor {
    func run(_ use: () async throws -> Bool) async throws -> Bool { try await use() }

    func answer() {}
}
