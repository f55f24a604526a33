import Foundation
import HTTPTypes
import Hummingbird
import InMemoryLogging
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import HTTPDoor

/// What a page's own routes make of the door's context: whoever has the cookie is known.
private struct PageContext: ChildRequestContext {
    var coreContext: CoreRequestContextStorage
    let door: DoorContext

    init(context: DoorContext) {
        coreContext = context.coreContext
        door = context
    }
}

/// Lets nobody change anything without the cookie.
private struct CookieGuard: RouterMiddleware {
    @concurrent func handle(
        _ request: Request, context: PageContext, next: @concurrent (Request, PageContext) async throws -> Response
    ) async throws -> Response {
        guard request.method == .get || request.cookies["session"]?.value == "7" else { throw HTTPError(.unauthorized) }
        return try await next(request, context)
    }
}

@Suite struct `A door for pages` {
    @Test func `serves its own pages, whose routes tell people apart, and no others`() async throws {
        let routes = Router(context: DoorContext.self)
        let pages = routes.group("", context: PageContext.self).add(middleware: CookieGuard())
        pages.get("/") { _, context in "page at \(context.door.port ?? 0)" }
        pages.post("api/pay") { _, _ in "paid" }
        try await OpenDoor.at(.loopback(LoopbackPlace(port: 0, tokens: nil, servesPages: true)), routes: routes) { door in
            guard case .tcp(_, let port) = door.address else { throw DoorNeverOpened() }
            let host = "localhost:\(port)"
            let page = try await RawPeer.send(RawPeer.request("GET /", host: host), to: door.address)
            #expect(page.status == 200 && page.hasSuffix("page at \(port)"))
            let json = ["Content-Type: application/json", "Content-Length: 2"]
            let cases: [([String], Int)] = [
                (["Origin: http://\(host)", "Cookie: session=7"] + json, 200), (["Origin: http://\(host)"] + json, 401),
                (["Origin: http://evil.example", "Cookie: session=7"] + json, 403), (["Origin: null", "Cookie: session=7"] + json, 403),
                (["Cookie: session=7", "Content-Type: text/plain", "Content-Length: 2"], 415),
            ]
            for (fields, status) in cases {
                let answer = try await RawPeer.send(RawPeer.request("POST /api/pay", fields, body: "{}", host: host), to: door.address)
                #expect(answer.status == status, "\(fields)")
            }
            let elsewhere = try await RawPeer.send(RawPeer.request("GET /", host: "evil.example:\(port)"), to: door.address)
            #expect(elsewhere.status == 421)
            #expect(try await RawPeer.send(RawPeer.request("DELETE /api/pay", host: host), to: door.address).status == 405)
        }
    }
}

@Suite struct `A door at a socket` {
    @Test func `lets its own user in and answers`() async throws {
        try await OpenDoor.atSocket { door in
            let answer = try await RawPeer.send(RawPeer.request("GET /v1/things"), to: door.address)
            #expect(answer.status == 200)
            #expect(answer.hasSuffix("things"))
            #expect(door.calls.all == ["list by uid \(geteuid())"])
            #expect(answer.contains("\r\nTessera-Version: 1\r\n"))
            #expect(answer.contains("\r\nX-Content-Type-Options: nosniff\r\n"))
            #expect(answer.contains("\r\nCache-Control: no-store\r\n"))
            #expect(answer.contains(" GMT\r\n"))
        }
    }

    @Test func `wipes a body when it has answered, whatever the routes did with it`() async throws {
        let kept = Mutex<[ByteBuffer]>([])
        let routes = Router(context: DoorContext.self)
        routes.post("v1/things") { request, _ in
            let body = try await request.body.collect(upTo: 1_024)
            kept.withLock { $0.append(body) }
            return String(buffer: body)
        }
        try await OpenDoor.atSocket(routes: routes) { door in
            let body = #"{"password":"Pass-w0rd"}"#
            let request =
                "POST /v1/things HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            let answer = try await RawPeer.send(request, to: door.address)
            #expect(answer.hasSuffix(body))
        }
        let bytes = kept.withLock { $0.flatMap { Array($0.readableBytesView) } }
        #expect(bytes.count == 24 && bytes.allSatisfy { $0 == 0 })
    }

    @Test func `names the methods that a path has`() async throws {
        try await OpenDoor.atSocket { door in
            let answer = try await RawPeer.send(RawPeer.request("DELETE /v1/things"), to: door.address)
            #expect(answer.status == 405)
            #expect(answer.contains("\r\nAllow: GET, HEAD, POST\r\n"))
            #expect(answer.contains(#""code":"methodNotAllowed""#))
            let nowhere = try await RawPeer.send(RawPeer.request("GET /v1/nothing"), to: door.address)
            #expect(nowhere.status == 404)
            #expect(nowhere.contains(#""code":"notFound""#))
        }
    }

    @Test func `answers HEAD as GET without the body`() async throws {
        try await OpenDoor.atSocket { door in
            let answer = try await RawPeer.send(RawPeer.request("HEAD /v1/things"), to: door.address)
            #expect(answer.status == 200)
            #expect(answer.contains("\r\nContent-Length: 6\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n"))
            let refused = try await RawPeer.send(RawPeer.request("HEAD /v1/nothing"), to: door.address)
            #expect(refused.status == 404)
            #expect(refused.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func `keeps a connection for several requests`() async throws {
        try await OpenDoor.atSocket { door in
            let one = "GET /v1/things/1 HTTP/1.1\r\nHost: a\r\n\r\n"
            let post = "POST /v1/things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
            let nothing = "GET /v1/nothing HTTP/1.1\r\nHost: a\r\n\r\n"
            let answer = try await RawPeer.send(one + post + nothing + RawPeer.request("GET /v1/things/3"), to: door.address)
            #expect(answer.statuses == [200, 200, 404, 200])
            #expect(door.calls.all == ["thing 1", "made 2", "thing 3"])
        }
    }

    @Test func `lets a client send its body when it asks first`() async throws {
        try await OpenDoor.atSocket { door in
            guard case .unix(let path) = door.address else { throw DoorNeverOpened() }
            let body = Data(repeating: 0x20, count: 300_000)
            let curl = try await ChildProgram.run(
                "curl",
                [
                    "--silent", "--show-error", "--fail", "--max-time", "100", "--expect100-timeout", "90", "--header",
                    "Expect: 100-continue",
                    "--header", "Content-Type: application/json; charset=utf-8", "--data-binary", "@-", "--unix-socket", path,
                    "http://localhost/v1/things",
                ], input: body)
            #expect(curl.text == "made 300000", "\(curl.complaints)")
        }
    }

    @Test func `tells the log alone what failed`() async throws {
        let log = InMemoryLogHandler()
        let logger = Logger(label: "door") { _ in log }
        try await OpenDoor.atSocket(logger: logger) { door in
            let answer = try await RawPeer.send(RawPeer.request("GET /v1/broken?pin=8642", ["X-Word: 97531"]), to: door.address)
            #expect(answer.status == 500)
            #expect(answer.contains(#""code":"internal""#))
            #expect(!answer.contains("4711"))
            let body = #"{"password":"24680"}"#
            let fields = ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"]
            #expect(try await RawPeer.send(RawPeer.request("POST /v1/things", fields, body: body), to: door.address).status == 200)
            let failure = try #require(log.entries.first { "\($0.message)" == "request failed" })
            let id = try #require(failure.metadata["hb.request.id"])
            #expect(answer.contains("\(id)"))
            let everything = log.entries.map { "\($0.message) \($0.metadata)" }.joined(separator: "\n")
            #expect(everything.contains("4711-in-the-clear"))
            for secret in ["8642", "97531", "24680"] { #expect(!everything.contains(secret)) }
            #expect(everything.contains("/v1/broken"))
        }
    }

    @Test func `bounds what one caller has in flight`() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let (entries, entered) = AsyncStream.makeStream(of: Void.self)
        let routes = Calls().routes()
        routes.get("v1/slow") { _, _ in
            entered.yield()
            for await _ in gate {}
            return "slow"
        }
        var limits = DoorLimits()
        limits.requests = 1
        try await OpenDoor.atSocket(limits: limits, routes: routes) { door in
            async let slow = RawPeer.send(RawPeer.request("GET /v1/slow"), to: door.address)
            for await _ in entries { break }
            let second = try await RawPeer.send(RawPeer.request("GET /v1/things"), to: door.address)
            #expect(second.status == 429)
            #expect(second.contains(#""code":"tooManyRequests""#))
            open.finish()
            #expect(try await slow.hasSuffix("slow"))
        }
    }

    @Test(.timeLimit(.minutes(5))) func `cancels what waits for a client that has gone`() async throws {
        let (entries, entered) = AsyncStream.makeStream(of: Void.self)
        let (endings, ended) = AsyncStream.makeStream(of: Bool.self)
        let routes = Calls().routes()
        routes.get("v1/wait") { _, context in
            try context.standAside()
            entered.yield()
            for await _ in AsyncStream<Void>(unfolding: { try? await Task.sleep(for: .seconds(3_600)) }) { break }
            ended.yield(Task.isCancelled)
            return "waited"
        }
        try await OpenDoor.atSocket(routes: routes) { door in
            let client = try await RawPeer.connect(to: door.address)
            try await client.executeThenClose { _, outbound in
                try await outbound.write(ByteBuffer(string: RawPeer.request("GET /v1/wait")))
                for await _ in entries { break }
            }
            for await wasCancelled in endings {
                #expect(wasCancelled)
                break
            }
        }
    }

    @Test func `lets requests in flight end when it is closed, and takes no new ones`() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let (entries, entered) = AsyncStream.makeStream(of: Void.self)
        let routes = Calls().routes()
        routes.get("v1/slow") { _, _ in
            entered.yield()
            for await _ in gate {}
            return "slow"
        }
        var limits = DoorLimits()
        limits.closingTime = .seconds(600)
        try await OpenDoor.atSocket(limits: limits, routes: routes) { door in
            guard case .unix(let path) = door.address else { throw DoorNeverOpened() }
            async let slow = RawPeer.send(RawPeer.request("GET /v1/slow"), to: door.address)
            for await _ in entries { break }
            await door.services.triggerGracefulShutdown()
            let isClosed = await eventually { (try? await RawPeer.send("", to: door.address) { _ in true }) == nil }
            #expect(isClosed)
            open.finish()
            #expect(try await slow.hasSuffix("slow"))
            #expect(await eventually { !FileManager.default.fileExists(atPath: path) })
        }
    }

    @Test func `breaks requests off when its time to close is over`() async throws {
        let (entries, entered) = AsyncStream.makeStream(of: Void.self)
        let routes = Calls().routes()
        routes.get("v1/endless") { _, _ in
            entered.yield()
            try await Task.sleep(for: .seconds(3_600))
            return "never"
        }
        var limits = DoorLimits()
        limits.closingTime = .milliseconds(100)
        try await OpenDoor.atSocket(limits: limits, routes: routes) { door in
            async let endless = RawPeer.send(RawPeer.request("GET /v1/endless"), to: door.address)
            for await _ in entries { break }
            await door.services.triggerGracefulShutdown()
            let answer = try await endless
            #expect(!answer.contains("never"))
        }
    }

    @Test(.timeLimit(.minutes(5))) func `does not wait for a body when it is closed`() async throws {
        var limits = DoorLimits()
        (limits.closingTime, limits.bodyTime) = (.seconds(3_600), .seconds(3_600))
        try await OpenDoor.atSocket(limits: limits) { door in
            let client = try await RawPeer.connect(to: door.address)
            try await client.executeThenClose { inbound, outbound in
                let fields = ["Content-Type: application/json", "Content-Length: 100", "Expect: 100-continue"]
                try await outbound.write(ByteBuffer(string: RawPeer.request("POST /v1/things", fields)))
                var answer = ""
                for try await bytes in inbound {
                    answer += String(buffer: bytes)
                    // The door waits for the body from here on.
                    if answer.status == 100 { await door.services.triggerGracefulShutdown() }
                }
                #expect(answer.statuses == [100])
            }
            #expect(door.calls.all == [])
        }
    }

    @Test func `says when the port is taken`() async throws {
        try await OpenDoor.at(.loopback(LoopbackPlace(port: 0, tokens: nil))) { door in
            guard case .tcp(_, let port) = door.address else { throw DoorNeverOpened() }
            await #expect {
                try await OpenDoor.at(.loopback(LoopbackPlace(port: port, tokens: nil))) { _ in }
            } throws: { error in
                guard case .cannotListen("127.0.0.1:\(port)", _)? = error as? DoorError else { return false }
                return true
            }
        }
    }
}
