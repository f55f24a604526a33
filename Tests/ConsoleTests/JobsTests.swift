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
        for _ in 0..<Jobs.most { try jobs.begin { _ = await eventually { isOpen.withLock { $0 } } } }
        let refusal = #expect(throws: Problem.self) { try jobs.begin {} }
        #expect(refusal?.code == "busy")
        isOpen.withLock { $0 = true }
        let isFree = await eventually { (try? jobs.begin {}) != nil }
        #expect(isFree)
        running.cancel()
    }
}
