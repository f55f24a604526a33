import Foundation
import TestSupport
import Testing

@testable import HTTPDoor

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

    @Test func `keeps a connection for several requests`() async throws {
        try await OpenDoor.atSocket { door in
            let one = "GET /v1/things/1 HTTP/1.1\r\nHost: a\r\n\r\n"
            let post = "POST /v1/things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
            let answer = try await RawPeer.send(one + post + RawPeer.request("GET /v1/things/3"), to: door.address)
            #expect(answer.statuses == [200, 200, 200])
            #expect(door.calls.all == ["thing 1", "made 2", "thing 3"])
        }
    }
}
