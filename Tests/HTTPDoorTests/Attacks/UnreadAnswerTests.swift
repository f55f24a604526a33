import Hummingbird
import NIOCore
import TestSupport
import Testing

@testable import HTTPDoor

@Suite struct `An answer of 16 MiB` {
    /// Asks for it, and prints how many bytes it got.
    ///
    /// With "wait" it takes nothing before the door has hung up.
    private static let client = """
        import select, socket, sys
        path, waits = sys.argv[1], sys.argv[2] == "wait"
        one = socket.socket(socket.AF_UNIX)
        one.connect(path)
        field = "keep-alive" if waits else "close"
        one.sendall(f"GET /v1/large HTTP/1.1\\r\\nHost: a\\r\\nConnection: {field}\\r\\n\\r\\n".encode())
        if waits:
            watched = select.poll()
            watched.register(one, 0)  # that somebody hung up is always told; that there is something to read is not
            if not watched.poll(60_000): sys.exit("the door has not hung up")
        print(sum(map(len, iter(lambda: one.recv(1 << 16), b""))))
        """

    /// How many bytes a client gets.
    private func size(_ conduct: String, stallTime: Duration) async throws -> Int? {
        var limits = DoorLimits()
        limits.stallTime = stallTime
        let routes = Calls().routes()
        routes.get("v1/large") { _, _ in ByteBuffer(repeating: 0x61, count: 16 << 20) }
        return try await OpenDoor.atSocket(limits: limits, routes: routes) { (door) async throws in
            guard case .unix(let path) = door.address else { throw DoorNeverOpened() }
            let outcome = try await ChildProgram.run("python3", ["-c", Self.client, path, conduct])
            #expect(outcome.status == 0, "\(outcome.complaints)")
            #expect(try await RawPeer.send(RawPeer.request("GET /v1/things"), to: door.address).status == 200)
            return Int(outcome.text.dropLast())
        }
    }

    @Test func `is given up where nobody reads it`() async throws {
        let taken = try #require(try await size("wait", stallTime: .milliseconds(200)))
        #expect(taken < 16 << 20)
    }

    @Test func `is written whole to who reads it`() async throws {
        let taken = try #require(try await size("read", stallTime: .patient))
        #expect(taken > 16 << 20)
    }
}
