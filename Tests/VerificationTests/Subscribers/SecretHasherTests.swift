import Foundation
import Secrets
import Synchronization
import TestSupport
import Testing

@testable import Verification

/// The queue in front of scrypt: one a core, and an end.
struct SecretHasherTests {
    @Test func `what is hashed is found again, and anything else is not`() async throws {
        let hasher = SecretHasher()
        let hash = try await hasher.hash(secret("Pass-w0rd"))
        #expect(hash.cost == .standard)
        #expect(try await hasher.check(secret("Pass-w0rd"), against: hash))
        #expect(try await !hasher.check(secret("Pass-w0re"), against: hash))
        #expect(hasher.load == (0, 0))
    }

    @Test func `a hash that cost less is checked with the work of today's`() async throws {
        let costs = try [(15, 8, 1), (16, 8, 1), (18, 8, 1), (15, 16, 1), (15, 9, 1), (15, 8, 3), (17, 11, 5)].map {
            try #require(ScryptCost(logN: $0.0, blockSize: $0.1, parallelisation: $0.2))
        }
        for (stored, today) in costs.flatMap({ stored in costs.map { (stored, $0) } }) {
            let missing = stored.missing(to: today)
            let short = max(stored.work, today.work) - missing.map(\.work).reduce(stored.work, +)
            #expect((0..<2 * today.blockSize).contains(short), "\(stored) \(today)")
            #expect(missing.allSatisfy { $0.logN <= today.logN && $0.blockSize == today.blockSize && $0.parallelisation <= 16 })
            #expect(missing.count <= 18)
        }
        let dear = SecretHasher(cost: costs[1])
        let cheap = try await SecretHasher().hash(secret("Pass-w0rd"))
        #expect(try await dear.check(secret("Pass-w0rd"), against: cheap))
        #expect(try await !dear.check(secret("Pass-w0re"), against: cheap))
        #expect(dear.begun == 2)
        // Where there is no memory for today's work, none is done for anybody: it is asked for, and not only reckoned.
        let endless = ScryptCost(uncheckedLogN: 40, blockSize: 8, parallelisation: 1)
        #expect(cheap.matches(try secret("Pass-w0rd").bytes, workingLike: endless) == nil)
    }

    @Test func `no more run at once than there are lanes, and all who wait get their turn`() async throws {
        let hasher = SecretHasher(lanes: 2, capacity: 8)
        let loads = try await withThrowingTaskGroup(of: Int.self) { group in
            // What runs looks at how many run.
            for _ in 0..<10 { group.addTask { try await hasher.run { hasher.load.running } } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(loads.count == 10)
        #expect(loads.allSatisfy { (1...2).contains($0) })
        #expect(hasher.load == (0, 0))
    }

    @Test func `who comes when the queue is full is refused before anything is hashed`() async throws {
        let hasher = SecretHasher(lanes: 1, capacity: 1)
        let gate = DispatchSemaphore(value: 0)
        let first = Task { try await hasher.run { gate.wait(timeout: .now() + 60) == .success } }
        #expect(await eventually { hasher.load.running == 1 })
        let second = Task { try await hasher.hash(secret("Pass-w0rd")) }
        #expect(await eventually { hasher.load.waiting == 1 })
        await #expect(throws: SubscriberError.busy) { try await hasher.hash(secret("Pass-w0rd")) }
        #expect(hasher.load == (1, 1))
        gate.signal()
        #expect(try await first.value)
        _ = try await second.value
        _ = try await hasher.hash(secret("Pass-w0rd"))
        #expect(hasher.load == (0, 0))
    }

    @Test func `sixty-four may wait for a lane, and come in their order`() async throws {
        let hasher = SecretHasher(lanes: 1)
        let gate = DispatchSemaphore(value: 0)
        let order = Order()
        let first = Task { try await hasher.run { gate.wait(timeout: .now() + 60) == .success } }
        #expect(await eventually { hasher.load.running == 1 })
        var waiting: [Task<Void, any Error>] = []
        for number in 0..<64 {
            waiting.append(Task { try await hasher.run { order.came.withLock { $0.append(number) } } })
            #expect(await eventually { hasher.load.waiting == number + 1 })
        }
        await #expect(throws: SubscriberError.busy) { try await hasher.hash(secret("Pass-w0rd")) }
        gate.signal()
        #expect(try await first.value)
        for one in waiting { try await one.value }
        let came = order.came.withLock { $0 }
        #expect(came == Array(0..<64))
        #expect(hasher.load == (0, 0))
    }
}

/// In which order they came.
private final class Order: Sendable {
    let came = Mutex<[Int]>([])
}
