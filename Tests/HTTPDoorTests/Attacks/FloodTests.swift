import Foundation
import Hummingbird
import NIOCore
import TestSupport
import Testing

@testable import HTTPDoor

@Suite struct `Clients that take too much` {
    /// Limits that a test can reach.
    private func limits(_ change: (inout DoorLimits) -> Void) -> DoorLimits {
        var limits = DoorLimits()
        change(&limits)
        return limits
    }

    private func stillAnswers(_ door: OpenDoor) async throws {
        #expect(try await RawPeer.send(RawPeer.request("GET /v1/things"), to: door.address).status == 200)
    }

    @Test func `a body that is announced too large is refused at once`() async throws {
        try await OpenDoor.atSocket { (door) async throws in
            let fields = ["Content-Type: application/json", "Content-Length: 1048577"]
            let answer = try await RawPeer.send(RawPeer.request("POST /v1/things", fields), to: door.address)
            #expect(answer.status == 413)
            #expect(answer.contains(#""code":"tooLarge""#))
            #expect(door.calls.all == [])
            try await stillAnswers(door)
        }
    }

    @Test func `a body in chunks is refused when it grows too large`() async throws {
        try await OpenDoor.atSocket(limits: limits { $0.bodySize = 1_000 }) { (door) async throws in
            let chunk = "190\r\n" + String(repeating: "a", count: 400) + "\r\n"
            let fields = ["Content-Type: application/json", "Transfer-Encoding: chunked"]
            let answer = try await RawPeer.send(
                RawPeer.request("POST /v1/things", fields, body: chunk + chunk + chunk), to: door.address)
            #expect(answer.status == 413)
            let fits = try await RawPeer.send(
                RawPeer.request("POST /v1/things", fields, body: chunk + chunk + "0\r\n\r\n"), to: door.address)
            #expect(fits.hasSuffix("made 800"))
            #expect(door.calls.all == ["made 800"])
        }
    }

    @Test func `a route takes what it declares`() async throws {
        try await OpenDoor.atSocket { (door) async throws in
            let picture = String(repeating: "p", count: 2 << 20)
            let fields = ["Content-Type: image/png", "Content-Length: \(picture.utf8.count)"]
            let seen = try await RawPeer.send(RawPeer.request("POST /v1/pictures/1", fields, body: picture), to: door.address)
            #expect(seen.hasSuffix("seen 2097152"))
            let json = ["Content-Type: application/json", "Content-Length: 2"]
            #expect(try await RawPeer.send(RawPeer.request("POST /v1/pictures/1", json, body: "{}"), to: door.address).status == 415)
            #expect(door.calls.all == ["picture 2097152"])
        }
    }

    @Test func `header fields without end are refused`() async throws {
        try await OpenDoor.atSocket { (door) async throws in
            let many = (0..<100).map { "X-\($0): a" }
            #expect(try await RawPeer.send(RawPeer.request("GET /v1/things", many), to: door.address).status == 431)
            let long = ["X: " + String(repeating: "a", count: 20_000)]
            #expect(try await RawPeer.send(RawPeer.request("GET /v1/things", long), to: door.address).status == 431)
            #expect(door.calls.all == [])
            try await stillAnswers(door)
        }
    }

    @Test(arguments: ["", "GET /v1/things HTTP/1.1\r\nHost: a\r\nX"])
    func `a client that does not go on is let go`(_ beginning: String) async throws {
        try await OpenDoor.atSocket(limits: limits { $0.headerTime = .milliseconds(200) }) { (door) async throws in
            // Ends when the door closes the connection: nothing else would.
            #expect(try await RawPeer.send(beginning, to: door.address) == "")
        }
    }

    @Test func `a client that has its answer and asks nothing more is let go`() async throws {
        let limits = limits {
            $0.headerTime = .patient
            $0.idleTime = .milliseconds(200)
        }
        try await OpenDoor.atSocket(limits: limits) { (door) async throws in
            let answer = try await RawPeer.send("GET /v1/things HTTP/1.1\r\nHost: a\r\n\r\n", to: door.address)
            #expect(answer.statuses == [200])
        }
    }

    @Test func `a byte now and then does not buy more time`() async throws {
        let limits = limits {
            $0.headerTime = .milliseconds(500)
            $0.bodyTime = .milliseconds(500)
        }
        let slow = [
            "GET /v1/things HTTP/1.1\r\n",
            "POST /v1/things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n",
        ]
        try await OpenDoor.atSocket(limits: limits) { (door) async throws in
            for beginning in slow {
                let channel = try await RawPeer.connect(to: door.address)
                try await channel.executeThenClose { inbound, outbound in
                    // On a busy machine its time is over already.
                    try? await outbound.write(ByteBuffer(string: beginning))
                    let isClosed = await eventually {
                        do { try await outbound.write(ByteBuffer(string: "X")) } catch { return true }
                        return !channel.channel.isActive
                    }
                    #expect(isClosed)
                }
            }
            #expect(door.calls.all == [])
            // Whoever asks here has little time, too.
            let isAnswering = try await eventually {
                try await RawPeer.send(RawPeer.request("GET /v1/things"), to: door.address).status == 200
            }
            #expect(isAnswering)
        }
    }

    @Test func `clients that ask and go leave no place behind where others wait`() async throws {
        let routes = Calls().routes()
        routes.get("v1/wait") { _, context in
            try context.standAside()
            for await _ in AsyncStream<Void>(unfolding: { try? await Task.sleep(for: .seconds(3_600)) }) { break }
            return "waited"
        }
        routes.get("v1/aside") { _, context in
            try context.standAside()
            return "aside"
        }
        try await OpenDoor.atSocket(limits: limits { $0.waitingRequests = 5 }, routes: routes) { (door) async throws in
            for _ in 0..<40 {
                let client = try await RawPeer.connect(to: door.address)
                try await client.executeThenClose { _, outbound in
                    try await outbound.write(ByteBuffer(string: RawPeer.request("GET /v1/wait")))
                }
            }
            let isFree = try await eventually {
                try await RawPeer.send(RawPeer.request("GET /v1/aside"), to: door.address).hasSuffix("aside")
            }
            #expect(isFree)
        }
    }

    @Test func `a slow body takes no place of others`() async throws {
        try await OpenDoor.atSocket(limits: limits { $0.requests = 1 }) { (door) async throws in
            let client = try await RawPeer.connect(to: door.address)
            try await client.executeThenClose { inbound, outbound in
                let fields = ["Content-Type: application/json", "Content-Length: 100", "Expect: 100-continue"]
                try await outbound.write(ByteBuffer(string: RawPeer.request("POST /v1/things", fields)))
                for try await bytes in inbound where String(buffer: bytes).status == 100 { break }
                try await outbound.write(ByteBuffer(string: "{"))
                try await stillAnswers(door)
            }
            #expect(door.calls.all == ["list by uid \(geteuid())"])
        }
    }

    @Test func `whether the program lives is told however much it has to do`() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let (entries, entered) = AsyncStream.makeStream(of: Void.self)
        let routes = Calls().routes()
        routes.get("v1/slow") { _, _ in
            entered.yield()
            for await _ in gate {}
            return "slow"
        }
        for path in ["healthz", "readyz"] as [RouterPath] { routes.get(path) { _, _ in "lives" } }
        try await OpenDoor.atSocket(limits: limits { $0.requests = 1 }, routes: routes) { (door) async throws in
            async let slow = RawPeer.send(RawPeer.request("GET /v1/slow"), to: door.address)
            for await _ in entries { break }
            for path in ["/healthz", "/readyz"] {
                let answer = try await RawPeer.send(RawPeer.request("GET \(path)"), to: door.address)
                #expect(answer.hasSuffix("lives"))
            }
            let another = try await RawPeer.send(RawPeer.request("GET /v1/things"), to: door.address)
            #expect(another.status == 429)
            open.finish()
            let answer = try await slow
            #expect(answer.hasSuffix("slow"))
        }
    }

    @Test func `the bodies of one caller take no more room than they may, and small ones always have some`() async throws {
        try await OpenDoor.atSocket(limits: limits { $0.bodiesSize = 1_000 }) { (door) async throws in
            func status(_ size: Int) async throws -> Int {
                let fields = ["Content-Type: application/json", "Content-Length: \(size)"]
                let body = String(repeating: "a", count: size)
                return try await RawPeer.send(RawPeer.request("POST /v1/things", fields, body: body), to: door.address).status
            }
            // Twice: what was taken has been given back.
            let sizes = [1_001, 0, 1_000, 1_000]
            var statuses: [Int] = []
            for size in sizes { statuses.append(try await status(BodyRoom.free + size)) }
            #expect(statuses == [429, 200, 200, 200])
        }
    }

    @Test func `all doors share the files of the process, and one that is flooded leaves the others some`() throws {
        let budget = ConnectionBudget { min($0, 1_000) }
        let (first, second) = (budget.open(700), budget.open(700))
        let limits = limits { $0.connections = 700 }
        let (one, two) = (Connections(limits, first), Connections(limits, second))
        // 744 are free of the 1,000, 64 are the other door's, and 64 other peers'.
        for _ in 0..<616 { try one.open("uid 1") }
        #expect(throws: Refusal.self) { try one.open("uid 1") }
        for _ in 0..<64 { try one.open("uid 2") }
        #expect(throws: Refusal.self) { try one.open("uid 3") }
        for other in 0..<64 { try two.open("uid \(other)") }
        #expect(throws: Refusal.self) { try two.open("uid 64") }
        one.close("uid 2")
        try two.open("uid 64")
        second.close()
        for _ in 0..<20 { try one.open("uid 3") }
    }

    @Test func `every address of this machine is the same peer`() {
        #expect(["127.0.0.1", "127.4.5.6", "::ffff:127.0.0.9"].map(Connections.peer) == Array(repeating: "127.0.0.1", count: 3))
        #expect(["192.0.2.1", "::1", "1127.0.0.1"].map(Connections.peer) == ["192.0.2.1", "::1", "1127.0.0.1"])
    }

    /// Has `count` more connections answered once, and held open during `body`.
    private func holding(_ count: Int, at address: DoorAddress, _ body: () async throws -> Void) async throws {
        guard count > 0 else { return try await body() }
        let channel = try await RawPeer.connect(to: address)
        try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: "GET /v1/things HTTP/1.1\r\nHost: a\r\n\r\n"))
            for try await _ in inbound { break }
            try await holding(count - 1, at: address, body)
        }
    }

    @Test func `a peer has no more connections than it may`() async throws {
        try await OpenDoor.atSocket(limits: limits { $0.connectionsPerPeer = 5 }) { (door) async throws in
            try await holding(5, at: door.address) {
                let answer = try await RawPeer.send(RawPeer.request("GET /v1/things"), to: door.address)
                #expect(answer == "")
            }
            let comesBack = try await eventually {
                try await RawPeer.send(RawPeer.request("GET /v1/things"), to: door.address).status == 200
            }
            #expect(comesBack)
        }
    }

    @Test func `many idle connections do not keep others out`() async throws {
        let count = Proof.isWhole ? 10_000 : 500
        // In a process of its own, so that each has the system's limit of open files for one end.
        let script = """
            import resource, socket, sys
            path, count = sys.argv[1], int(sys.argv[2])
            hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            def connect():
                one = socket.socket(socket.AF_UNIX)
                one.connect(path)  # waits for room among the connections not yet accepted; with a time limit it would not
                one.settimeout(300)
                return one
            idle = [connect() for _ in range(count)]
            for id in range(20):
                with connect() as one:
                    one.sendall(b"GET /v1/things/%d HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n" % id)
                    print(one.makefile("rb").read().split(b"\\r\\n")[0].decode())
            open_still = 0
            for one in idle:
                one.setblocking(False)
                try: one.recv(1)
                except BlockingIOError: open_still += 1
            print(open_still)
            """
        try await OpenDoor.atSocket(limits: limits { $0.headerTime = .seconds(3_600) }) { (door) async throws in
            guard case .unix(let path) = door.address else { throw DoorNeverOpened() }
            let crowd = try await ChildProgram.run("python3", ["-c", script, path, "\(count)"], within: .seconds(900))
            #expect(crowd.status == 0, "\(crowd.complaints)")
            #expect(crowd.text == String(repeating: "HTTP/1.1 200 OK\n", count: 20) + "\(count)\n")
            try await stillAnswers(door)
        }
    }
}
