import Testing

@testable import Bridge

struct DeviceQueueTests {
    @Test func `callers take turns, whoever came with many first`() {
        var queue = DeviceQueue()
        for job in 1...3 { queue.append(UInt64(job), of: "greedy") }
        queue.append(4, of: "modest")
        queue.append(5, of: "late")
        var order: [UInt64] = []
        while let job = queue.next() {
            order.append(job)
            queue.remove(job)
        }
        #expect(order == [1, 4, 5, 2, 3])
        #expect(queue.isEmpty)
    }

    @Test func `those who wait are told who has the device and how many come first`() {
        var queue = DeviceQueue()
        for (job, caller) in [(1, "a"), (2, "a"), (3, "b")] as [(UInt64, String)] { queue.append(job, of: caller) }
        #expect(queue.next() == 1)
        #expect(queue.next() == nil)
        #expect(queue.places[1] == .init(position: 0, ahead: nil))
        #expect(queue.places[2] == .init(position: 2, ahead: "a"))
        #expect(queue.places[3] == .init(position: 1, ahead: "a"))
        #expect(queue.count(of: "a") == 1)
    }

    @Test func `who leaves the line lets the others move up`() {
        var queue = DeviceQueue()
        for job in 1...3 { queue.append(UInt64(job), of: "caller \(job)") }
        _ = queue.next()
        queue.remove(2)
        #expect(queue.waiting.map(\.job) == [3])
        queue.remove(1)
        #expect(queue.next() == 3)
    }

    @Test func `the order that is told is the order that comes`() {
        var queue = DeviceQueue()
        for job in 0..<20 { queue.append(UInt64(job), of: "caller \(job % 3 * job % 4)") }
        let told = queue.waiting.map(\.job)
        var came: [UInt64] = []
        while let job = queue.next() {
            came.append(job)
            queue.remove(job)
        }
        #expect(told == came && came.count == 20)
    }
}
