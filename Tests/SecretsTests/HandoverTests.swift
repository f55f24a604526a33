import Secrets
import Synchronization
import Testing

private enum Ending: Error { case late, cancelled, broken }

@Suite struct HandoverTests {
    @Test func `a noncopyable value reaches the waiting task`() async throws {
        let handover = Handover<SecretBytes, Ending>()
        let returned =
            switch handover.put(try SecretBytes.copying([1, 2, 3])) {
            case .some: true
            case nil: false
            }
        #expect(!returned)
        let secret = try await handover.take(onCancel: .cancelled)
        #expect(secret.count == 3)
    }

    @Test func `a late value goes back to its thread`() async {
        let handover = Handover<Int, Ending>()
        #expect(handover.fail(.late))
        #expect(handover.put(5) == 5)
        await #expect(throws: Ending.late) { try await handover.take(onCancel: .cancelled) }
    }

    @Test func `only the first ending counts`() async throws {
        let handover = Handover<Int, Ending>()
        #expect(handover.put(1) == nil)
        #expect(!handover.fail(.broken))
        #expect(handover.put(2) == 2)
        #expect(try await handover.take(onCancel: .cancelled) == 1)
    }

    @Test func `the deadline ends a wait that nobody answers`() async {
        let handover = Handover<Int, Ending>()
        await #expect(throws: Ending.late) {
            try await handover.take(within: .zero, on: ContinuousClock(), late: .late, onCancel: .cancelled)
        }
    }

    @Test func `a cancelled task stops waiting`() async {
        let handover = Handover<Int, Ending>()
        let task = Task { try await handover.take(onCancel: .cancelled) }
        task.cancel()
        await #expect(throws: Ending.cancelled) { try await task.value }
    }

    @Test func `a task that is cancelled while its value comes waits for nobody, and nobody for it`() async {
        for _ in 0..<2_000 {
            let handover = Handover<Int, Ending>()
            let waiting = Task { try await handover.take(onCancel: .cancelled) }
            await Task.yield()
            // On two threads at once: each takes a lock that the other one wants.
            let delivery = Task.detached { handover.put(1) }
            waiting.cancel()
            let isTaken = await delivery.value == nil
            #expect((try? await waiting.value) == (isTaken ? 1 : nil))
        }
    }
}
