import Hummingbird
import NIOCore
import ServiceLifecycle
import TestSupport
import Testing

@testable import HTTPDoor

@Suite struct `Event streams` {
    /// A door with one stream, fed by `feed`.
    private func door<R>(
        limits: DoorLimits = DoorLimits(), keepAlive: Duration = .seconds(15),
        _ body: (OpenDoor, AsyncStream<ServerSentEvent>.Continuation) async throws -> R
    ) async throws -> R {
        let (stream, feed) = AsyncStream.makeStream(of: ServerSentEvent.self)
        let routes = Calls().routes()
        routes.get("v1/events") { _, context in try Response.events(stream, context: context, keepAlive: keepAlive) }
        return try await OpenDoor.atSocket(limits: limits, routes: routes) { try await body($0, feed) }
    }

    @Test func `carry what a browser reads back`() {
        #expect(ServerSentEvent(data: "a").text == "data: a\n\n")
        #expect(
            ServerSentEvent(id: "7", name: "operation", data: "a\nb\r\nc\rd").text
                == "id: 7\nevent: operation\ndata: a\ndata: b\ndata: c\ndata: d\n\n")
        #expect(ServerSentEvent(id: "7\n\0data: x", name: "a\r\nb", data: "").text == "id: 7data: x\nevent: ab\ndata: \n\n")
    }

    @Test func `go on until the feed ends`() async throws {
        try await door { door, feed in
            feed.yield(ServerSentEvent(id: "1", name: "operation", data: "one"))
            feed.yield(ServerSentEvent(id: "2", data: "two"))
            feed.finish()
            let answer = try await RawPeer.send(RawPeer.request("GET /v1/events"), to: door.address)
            #expect(answer.status == 200)
            #expect(answer.contains("\r\nContent-Type: text/event-stream\r\n"))
            #expect(answer.contains("retry: 2000\n\n"))
            #expect(answer.contains("id: 1\nevent: operation\ndata: one\n\n"))
            #expect(answer.contains("id: 2\ndata: two\n\n"))
            #expect(answer.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test func `say that they are alive`() async throws {
        try await door(keepAlive: .milliseconds(50)) { door, _ in
            let answer = try await RawPeer.send(RawPeer.request("GET /v1/events"), to: door.address) { $0.contains(":\n\n") }
            #expect(answer.contains(":\n\n"))
        }
    }

    @Test func `end cleanly when the service is stopped`() async throws {
        var limits = DoorLimits()
        limits.closingTime = .seconds(600)
        try await door(limits: limits) { door, feed in
            feed.yield(ServerSentEvent(data: "one"))
            let listener = try await RawPeer.connect(to: door.address)
            let text = try await listener.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: RawPeer.request("GET /v1/events")))
                var text = ""
                for try await bytes in inbound {
                    let isFirst = !text.contains("data: one\n\n")
                    text += String(buffer: bytes)
                    if isFirst, text.contains("data: one\n\n") { await door.services.triggerGracefulShutdown() }
                }
                return text
            }
            #expect(text.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test func `are counted apart from other requests`() async throws {
        var limits = DoorLimits()
        limits.requests = 1
        limits.waitingRequests = 1
        try await door(limits: limits) { door, feed in
            let listener = try await RawPeer.connect(to: door.address)
            try await listener.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: RawPeer.request("GET /v1/events")))
                var bytes = inbound.makeAsyncIterator()
                _ = try await bytes.next()
                let other = try await RawPeer.send(RawPeer.request("GET /v1/things"), to: door.address)
                #expect(other.status == 200)
                let second = try await RawPeer.send(RawPeer.request("GET /v1/events"), to: door.address)
                #expect(second.status == 429)
                #expect(second.contains("\r\nRetry-After: 1\r\n"))
            }
            // The listener has gone, and its place is free again.
            feed.finish()
            let isFree = try await eventually {
                try await RawPeer.send(RawPeer.request("GET /v1/events"), to: door.address).status == 200
            }
            #expect(isFree)
        }
    }
}
