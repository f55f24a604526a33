import HTTPDoor
import Synchronization
import TestSupport
import Testing

@testable import Console

@Suite struct JobsTests {
    @Test func `no more go on at once than there is room for, and there is room again when one ends`() async throws {
        let jobs = Jobs()
        let isOpen = Mutex(false)
        let running = Task { await jobs.run() }
        for _ in 0..<Jobs.most { try jobs.place().begin { _ = await eventually { isOpen.withLock { $0 } } } }
        let refusal = #expect(throws: Problem.self) { _ = try jobs.place() }
        #expect(refusal?.code == "busy")
        isOpen.withLock { $0 = true }
        let isFree = await eventually { (try? jobs.place()) != nil }
        #expect(isFree)
        running.cancel()
    }

    @Test func `a place that was taken for nothing is free again`() throws {
        let jobs = Jobs()
        var places = try (0..<Jobs.most).map { _ in try jobs.place() }
        #expect(throws: Problem.self) { _ = try jobs.place() }
        #expect(places.count == Jobs.most)
        places.removeLast()
        _ = try jobs.place()
        #expect(places.count == Jobs.most - 1)
    }
}
