import Console
import HTTPDoor
import NIOCore
import NIOHTTP1
import NIOPosix
import TestSupport
import Testing

/// The page's server behind the door's limits: a browser that is slow, endless or many harms itself alone.
@Suite(.timeLimit(.minutes(5))) struct PageLimitsTests {
    /// Opens a connection, sends `text`, and reads until the server closes.
    private func say(_ text: String, to console: RunningConsole) async throws -> String {
        let channel = try await connect(to: console)
        return try await channel.executeThenClose { inbound, outbound in
            var answer = ByteBuffer()
            if !text.isEmpty { try? await outbound.write(ByteBuffer(string: text)) }
            do { for try await bytes in inbound { answer.writeImmutableBuffer(bytes) } } catch is IOError {}
            return String(buffer: answer)
        }
    }

    private func connect(to console: RunningConsole) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: console.port) { channel in
                channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
            }
    }

    /// Keeps a connection for the time of `body`; it was answered, so that the door has counted it.
    private func keepingConnection(to console: RunningConsole, _ body: () async throws -> Void) async throws {
        let channel = try await connect(to: console)
        try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: "GET /icon.svg HTTP/1.1\r\nHost: 127.0.0.1:\(console.port)\r\n\r\n"))
            for try await _ in inbound { break }
            try await body()
        }
    }

    // Without these limits each of them would wait for ever.

    @Test func `header fields that come too slowly are closed`() async throws {
        var limits = Console.limits
        limits.headerTime = .milliseconds(200)
        try await RunningConsole.with(limits: limits) { (console) async throws in
            #expect(try await say("", to: console).isEmpty)
            #expect(try await say("GET / HTTP/1.1\r\nHos", to: console).isEmpty)
        }
    }

    @Test func `a body that comes too slowly is closed`() async throws {
        var limits = Console.limits
        limits.headerTime = .patient
        limits.bodyTime = .milliseconds(200)
        try await RunningConsole.with(limits: limits) { (console) async throws in
            let fields = "Host: 127.0.0.1:\(console.port)\r\nContent-Type: application/json\r\nContent-Length: 10"
            #expect(try await say("PUT /api/draft HTTP/1.1\r\n\(fields)\r\n\r\n{", to: console).hasPrefix("HTTP/1.1 ") == false)
        }
    }

    @Test func `a browser that has its answer and asks nothing more is closed`() async throws {
        var limits = Console.limits
        limits.headerTime = .patient
        limits.idleTime = .milliseconds(200)
        try await RunningConsole.with(limits: limits) { (console) async throws in
            let request = "GET /icon.svg HTTP/1.1\r\nHost: 127.0.0.1:\(console.port)\r\n\r\n"
            #expect(try await say(request, to: console).hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func `one connection too many is closed, and there is room again when another one goes`() async throws {
        var limits = Console.limits
        limits.connectionsPerPeer = 2
        (limits.headerTime, limits.idleTime) = (.seconds(600), .seconds(600))
        try await RunningConsole.with(limits: limits) { (console) async throws in
            try await keepingConnection(to: console) {
                try await keepingConnection(to: console) { () async throws in
                    #expect(try await say("", to: console).isEmpty)
                }
            }
            let request = "GET /icon.svg HTTP/1.1\r\nHost: 127.0.0.1:\(console.port)\r\nConnection: close\r\n\r\n"
            #expect(await eventually { (try? await say(request, to: console))?.hasPrefix("HTTP/1.1 200") == true })
        }
    }

    @Test func `large header fields and bodies are refused before they are read`() async throws {
        try await RunningConsole.with { (console) async throws in
            let host = "Host: 127.0.0.1:\(console.port)\r\nConnection: close\r\n"
            let long = String(repeating: "a", count: 17 << 10)
            #expect(try await say("GET / HTTP/1.1\r\n\(host)X-Long: \(long)\r\n\r\n", to: console).hasPrefix("HTTP/1.1 431"))
            let body = "PUT /api/draft HTTP/1.1\r\n\(host)Content-Type: application/json\r\nContent-Length: 70000\r\n\r\n"
            #expect(try await say(body, to: console).hasPrefix("HTTP/1.1 413"))
            let pin = "POST /api/emulators/CARD/pin HTTP/1.1\r\n\(host)Content-Type: application/octet-stream\r\nContent-Length: 65\r\n\r\n"
            #expect(try await say(pin, to: console).hasPrefix("HTTP/1.1 413"))
        }
    }
}
