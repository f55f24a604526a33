import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Emulation

/// Waits that signals interrupt.
@Suite(.timeLimit(.minutes(5))) struct PollingTests {
    /// A clock that moves when it is told to.
    private final class HandClock: Clock {
        struct Instant: InstantProtocol {
            var offset: Duration = .zero
            func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
            func duration(to other: Instant) -> Duration { other.offset - offset }
            static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
        }

        private let time = Mutex(Instant())
        var now: Instant { time.withLock { $0 } }
        var minimumResolution: Duration { .nanoseconds(1) }
        func sleep(until deadline: Instant, tolerance: Duration?) async throws {}
        func move(by duration: Duration) { time.withLock { $0 = $0.advanced(by: duration) } }
    }

    /// The limits with which poll(2) is called when each call but the last is interrupted after `pause`.
    private func limits(_ limit: Int32, interruptions: Int, after pause: Duration, then result: Int32) -> ([Int32], Int32) {
        let clock = HandClock()
        var limits: [Int32] = []
        let outcome = polling(limit, on: clock) { left in
            limits.append(left)
            guard limits.count <= interruptions else { return result }
            clock.move(by: pause)
            errno = EINTR
            return -1
        }
        return (limits, outcome)
    }

    @Test func `after an interruption it waits for what is left, and never less`() {
        #expect(limits(1000, interruptions: 3, after: .milliseconds(300), then: 0) == ([1000, 700, 400, 100], 0))
        #expect(limits(1000, interruptions: 2, after: .microseconds(300_400), then: 1) == ([1000, 700, 400], 1))
        #expect(limits(100, interruptions: 2, after: .seconds(3600), then: 0) == ([100, 0, 0], 0))
        #expect(limits(-1, interruptions: 2, after: .seconds(3600), then: 1) == ([-1, -1, -1], 1))
        #expect(limits(Int32.max, interruptions: 0, after: .zero, then: 0) == ([Int32.max], 0))
    }

    @Test func `another failure is told`() {
        let outcome = polling(1000) { _ in
            errno = EINVAL
            return -1
        }
        #expect(outcome == -1)
    }

    @Test func `no child gets the pipe that ends a wait`() throws {
        let wake = try WakeSignal()
        #expect(fcntl(wake.descriptor, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test func `a thread that signals hit waits until the card is taken out`() async throws {
        // A handler that does nothing, so that poll(2) returns EINTR and the process goes on.
        signal(SIGWINCH) { _ in }
        defer { signal(SIGWINCH, SIG_DFL) }
        let wake = try WakeSignal()
        let thread = Mutex<pthread_t?>(nil)
        let outcome = Mutex<Bool?>(nil)
        Thread.detachNewThread {
            thread.withLock { $0 = pthread_self() }
            let isRaised = wake.wait(milliseconds: 600_000)
            outcome.withLock { $0 = isRaised }
        }
        #expect(await eventually { thread.withLock { $0 } != nil })
        for _ in 0..<50 {
            thread.withLock { if let thread = $0, outcome.withLock({ $0 }) == nil { pthread_kill(thread, SIGWINCH) } }
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(outcome.withLock { $0 } == nil)
        wake.raise()
        #expect(await eventually { outcome.withLock { $0 } == true })
    }
}
