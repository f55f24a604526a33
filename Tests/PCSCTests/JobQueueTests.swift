import Dispatch
import ISO7816
import Synchronization
import Testing

@testable import PCSC

@Suite(.timeLimit(.minutes(5))) struct JobQueueTests {
    private static let ended = CardError(.cancelled, "ended")
    private static let stuck = CardError(.readerStuck, "stuck")

    /// Counts how often a queue's ends were reported.
    private final class Ends: Sendable {
        let counts = Mutex((abandoned: 0, returned: 0))
        func abandon<Job>(_ queue: JobQueue<Job>) -> [Job] {
            queue.abandon(
                stuck, onAbandon: { counts.withLock { $0.abandoned += 1 } }, onReturn: { self.counts.withLock { $0.returned += 1 } })
        }
        var both: [Int] { counts.withLock { [$0.abandoned, $0.returned] } }
    }

    @Test func `jobs come in the order of posting`() throws {
        let queue = JobQueue<Int>(ended: Self.ended)
        for job in 1...3 { try queue.post(job) }
        #expect([queue.next(), queue.next(), queue.next()] == [1, 2, 3])
    }

    @Test func `an abandoned thread gets no more jobs, and its waiters hear of it`() throws {
        let queue = JobQueue<Int>(ended: Self.ended)
        let ends = Ends()
        for job in 1...3 { try queue.post(job) }
        #expect(queue.next() == 1)
        #expect(queue.isWanted)
        #expect(ends.abandon(queue) == [2, 3])
        #expect(!queue.isWanted)
        #expect(queue.next() == nil)
        #expect(throws: Self.stuck) { try queue.post(4) }
    }

    @Test func `abandoned and returned are counted once each`() throws {
        let queue = JobQueue<Int>(ended: Self.ended)
        let ends = Ends()
        _ = ends.abandon(queue)
        _ = ends.abandon(queue)
        #expect(ends.both == [1, 0])
        #expect(queue.finish().isEmpty)
        #expect(queue.finish().isEmpty)
        #expect(ends.both == [1, 1])
    }

    @Test func `a thread that has finished cannot be abandoned`() throws {
        let queue = JobQueue<Int>(ended: Self.ended)
        let ends = Ends()
        try queue.post(7)
        #expect(queue.finish() == [7])
        _ = ends.abandon(queue)
        #expect(ends.both == [0, 0])
        #expect(queue.next() == nil)
        #expect(throws: Self.ended) { try queue.post(8) }
    }

    @Test(.timeLimit(.minutes(5))) func `a waiting thread wakes for a job and for its end`() async throws {
        let queue = JobQueue<Int>(ended: Self.ended)
        let (seen, continuation) = AsyncStream.makeStream(of: Int.self)
        try BlockingThread.start {
            while let job = queue.next() { continuation.yield(job) }
            continuation.finish()
        }
        try queue.post(1)
        try queue.post(2)
        var received: [Int] = []
        for await job in seen {
            received.append(job)
            if job == 2 { _ = Ends().abandon(queue) }
        }
        #expect(received == [1, 2])
    }
}

@Suite(.timeLimit(.minutes(5))) struct BlockingThreadTests {
    @Test(.timeLimit(.minutes(5))) func `a blocked thread keeps no task waiting`() async throws {
        let gate = DispatchSemaphore(value: 0)
        let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
        // More than there are threads for tasks.
        for _ in 0..<16 {
            try BlockingThread.start {
                gate.wait()
                continuation.yield(())
            }
        }
        #expect(await Task { 42 }.value == 42)
        for _ in 0..<16 { gate.signal() }
        var count = 0
        for await _ in ended {
            count += 1
            if count == 16 { break }
        }
        #expect(count == 16)
    }

    @Test func `the name fits the kernel's limit`() {
        #expect(BlockingThread.name.utf8.count <= 15)
    }
}

@Suite struct StuckReadersTests {
    @Test func `four abandoned threads make a reader unavailable, one that returns makes it available`() throws {
        let stuck = StuckReaders()
        for _ in 0..<StuckReaders.limit {
            try stuck.admit("A")
            stuck.abandon("A", .silence)
        }
        #expect(throws: CardError(.readerUnavailable, "A")) { try stuck.admit("A") }
        try stuck.admit("B")
        stuck.returned("A", .silence)
        try stuck.admit("A")
    }

    @Test func `four waits behind another program are told as that`() throws {
        let stuck = StuckReaders()
        for _ in 0..<StuckReaders.limit { stuck.abandon("A", .otherProgram) }
        #expect(throws: CardError(.heldByAnotherProgram, "A")) { try stuck.admit("A") }
        #expect(!stuck.isSilent("A"))
        stuck.returned("A", .otherProgram)
        stuck.abandon("A", .silence)
        #expect(throws: CardError(.readerUnavailable, "A")) { try stuck.admit("A") }
        #expect(stuck.isSilent("A"))
        #expect(!stuck.isSilent("B"))
    }

    @Test func `a return that was never counted changes nothing`() throws {
        let stuck = StuckReaders()
        stuck.returned("A", .silence)
        for _ in 0..<StuckReaders.limit { stuck.abandon("A", .silence) }
        #expect(throws: CardError(.readerUnavailable, "A")) { try stuck.admit("A") }
    }
}

@Suite struct PCSCDeadlinesTests {
    @Test func `the documented defaults`() {
        let deadlines = PCSCDeadlines()
        #expect(deadlines.connect == .seconds(5))
        #expect(deadlines.beginTransaction == .seconds(10))
        #expect(deadlines.transmit == .seconds(30))
        #expect(deadlines.status == .seconds(2))
        #expect(PCSCReaders().deadlines.connect == .seconds(5))
    }

    @Test func `the pause between attempts doubles up to half a second and starts again`() {
        var pause = BackOff()
        let pauses = (0..<7).map { _ in pause.next() / .milliseconds(1) }
        #expect(pauses == [50, 100, 200, 400, 500, 500, 500])
        pause.reset()
        #expect(pause.next() == .milliseconds(50))
    }
}
