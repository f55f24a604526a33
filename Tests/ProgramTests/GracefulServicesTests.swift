import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import tessera

/// How services end that live together.
@Suite(.timeLimit(.minutes(5))) struct GracefulServicesTests {
    private static let logger = Logger(label: "services") { _ in SwiftLogNoOpLogHandler() }

    private struct Fault: Error {}

    /// Runs until it is told to end.
    private final class Steady: Service {
        enum End { case asked, cancelled }

        private let state = Mutex<End?>(nil)
        /// How it was told.
        var end: End? { state.withLock { $0 } }

        func run() async throws {
            try? await gracefulShutdown()
            state.withLock { $0 = Task.isCancelled ? .cancelled : .asked }
        }
    }

    private struct Failing: Service {
        func run() async throws { throw Fault() }
    }

    private struct Passing: Service {
        func run() async throws {}
    }

    @Test func `where one fails, the others let end what is in flight, and it is the reason`() async {
        let (first, last) = (Steady(), Steady())
        await #expect(throws: Fault.self) { try await GracefulServices([first, Failing(), last], logger: Self.logger).run() }
        #expect(first.end == .asked && last.end == .asked)
    }

    @Test func `one that ends by itself has failed`() async {
        let other = Steady()
        await #expect(throws: ServiceGroupError.serviceFinishedUnexpectedly()) {
            try await GracefulServices([other, Passing()], logger: Self.logger).run()
        }
        #expect(other.end == .asked)
    }

    @Test func `where the condition of all fails, nothing goes on`() async {
        let other = Steady()
        await #expect(throws: Fault.self) { try await GracefulServices([other], while: Failing(), logger: Self.logger).run() }
        #expect(other.end == .cancelled)
    }

    @Test func `one that was told to end is no failure, and neither is its condition`() async throws {
        let (condition, other) = (Steady(), Steady())
        let serving = Task { try await GracefulServices([other], while: condition, logger: Self.logger).run() }
        serving.cancel()
        try await serving.value
        #expect(condition.end == .asked && other.end == .asked)
    }

    @Test func `doors side by side end like the others`() async {
        let (door, runner) = (Steady(), Steady())
        let doors = SideBySide([door, Failing()], logger: Self.logger)
        await #expect(throws: Fault.self) { try await GracefulServices([runner, doors], logger: Self.logger).run() }
        #expect(door.end == .asked && runner.end == .asked)
    }

    @Test func `a door that ends by itself has failed`() async {
        let (door, runner) = (Steady(), Steady())
        let doors = SideBySide([door, Passing()], logger: Self.logger)
        await #expect(throws: ServiceGroupError.serviceFinishedUnexpectedly()) {
            try await GracefulServices([runner, doors], logger: Self.logger).run()
        }
        #expect(door.end == .asked && runner.end == .asked)
    }
}
