import TestSupport
import Testing

@testable import Console

@Suite struct EventLinesTests {
    @Test func `events are read from pieces of any size`() throws {
        let text = "retry: 5\n\nid: 7\r\nevent: operation\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\n: still here\n\ndata: é\n\n"
        for size in 1...text.utf8.count {
            var lines = EventLines()
            var found: [EventLines.Event] = []
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                found += try lines.take(rest.prefix(size))
                rest = rest.dropFirst(size)
            }
            #expect(
                found == [
                    .init(id: "7", name: "operation", data: "{\"a\":\n1}"), .init(id: nil, name: "message", data: "é"),
                ])
        }
    }

    @Test func `an event without data still has its number`() throws {
        var lines = EventLines()
        let found = try lines.take(": listening\nid: 12\n\n".utf8)
        #expect(found == [.init(id: "12", name: "", data: "")])
    }

    @Test func `a line that does not end is given up`() {
        var lines = EventLines()
        var isGivenUp = false
        do {
            for _ in 0..<2000 { _ = try lines.take(repeatElement(UInt8(ascii: "a"), count: 1000)) }
        } catch { isGivenUp = true }
        #expect(isGivenUp)
    }
}

@Suite struct EventHubTests {
    @Test func `who comes back gets what they missed, and nothing twice`() {
        let hub = EventHub(run: "a")
        hub.tell("one")
        hub.tell("mine", to: "b")
        hub.tell("yours", to: "c")
        let missed = hub.listen(as: "b", after: "a-1")
        #expect(missed.missed.map(\.name) == ["mine"])
        #expect(!missed.isReset)
        #expect(hub.listen(as: "b", after: "a-3").missed.isEmpty)
    }

    @Test func `who was away too long looks at everything anew`() {
        let hub = EventHub(run: "a")
        for _ in 0..<1200 { hub.tell("one") }
        #expect(hub.listen(as: "b", after: "a-1").isReset)
        #expect(!hub.listen(as: "b", after: "a-1000").isReset)
        #expect(hub.listen(as: "b", after: "b-1000").isReset)
        #expect(hub.listen(as: "b", after: "a-5000").isReset)
        #expect(hub.listen(as: "b", after: "nonsense").isReset)
    }

    @Test func `a page that does not read is let go, and nobody else waits for it`() async {
        let hub = EventHub(run: "a")
        let slow = hub.listen(as: "b", after: nil)
        #expect(hub.isHeard)
        for _ in 0..<300 { hub.tell("one") }
        #expect(await eventually { !hub.isHeard })
        var count = 0
        for await _ in slow.coming { count += 1 }
        #expect(count == 256)
    }
}
