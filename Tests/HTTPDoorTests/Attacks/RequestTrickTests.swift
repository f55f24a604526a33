import Foundation
import TestSupport
import Testing

@testable import HTTPDoor

@Suite struct `Requests that two programs could read differently` {
    /// Sends requests one by one; each must be refused with this status, and the door still answers.
    private func refused(_ requests: [String], with status: Int) async throws {
        try await OpenDoor.atSocket { door in
            for request in requests {
                let answer = try await RawPeer.send(request, to: door.address)
                #expect(answer.status == status, "\(request.prefix(120).debugDescription)")
                #expect(answer.statuses.count == 1, "\(request.prefix(120).debugDescription)")
                #expect(answer.contains("application/problem+json"))
            }
            #expect(door.calls.all == [])
            #expect(try await RawPeer.send(RawPeer.request("GET /v1/things"), to: door.address).status == 200)
        }
    }

    @Test func `paths that climb, hide a separator or say nothing are refused`() async throws {
        let paths = [
            "/v1/../v1/things", "/v1/./things", "/v1/%2e%2e/things", "/v1/%2E./things", "/v1//things", "//v1/things", "/v1/things/a%2fb",
            "/v1/things/a%5Cb", "/v1/things/a\\b", "/v1/things/%00", "/v1/things/a%0d%0aX:1", "/v1/things/%7f", "/v1/things/%c2%80",
            "/v1/things/%ff", "/v1/things/%c0%ae", "/v1/things/%ed%a0%80", "/v1/things/%", "/v1/things/%4", "/v1/things/%zz",
            "/v1/things?a=%ff", "/v1/things?a=%00", "/v1/things#x",
        ]
        try await refused(paths.map { RawPeer.request("GET \($0)") }, with: 400)
    }

    @Test func `targets that are no path are refused`() async throws {
        try await refused(
            [
                RawPeer.request("GET http://localhost/v1/things"), RawPeer.request("OPTIONS *"), RawPeer.request("GET v1/things"),
                RawPeer.request("CONNECT localhost:80"),
            ], with: 400)
    }

    @Test func `a target without end is refused`() async throws {
        try await refused([RawPeer.request("GET /v1/things/" + String(repeating: "a", count: 9_000))], with: 414)
    }

    @Test func `what could smuggle a second request is refused`() async throws {
        let hidden = "GET /v1/things HTTP/1.1\r\nHost: localhost\r\n\r\n"
        let json = "Content-Type: application/json"
        let chunked = "0\r\n\r\n" + hidden
        func post(_ fields: [String], _ body: String) -> String {
            (["POST /v1/things HTTP/1.1", "Host: localhost", json] + fields).joined(separator: "\r\n") + "\r\n\r\n" + body
        }
        try await refused(
            [
                post(["Content-Length: 5", "Transfer-Encoding: chunked"], chunked),
                post(["Transfer-Encoding: chunked", "Content-Length: 5"], chunked),
                post(["Content-Length: 5", "Content-Length: 6"], "hello" + hidden),
                post(["Content-Length: +5"], "hello" + hidden),
                post(["Content-Length: 0x5"], "hello" + hidden),
                post(["Content-Length: -1"], hidden),
                post(["Content-Length: 99999999999999999999"], hidden),
                post(["Transfer-Encoding: chunked"], "5;\r\nhello\r\nZ\r\n\r\n" + hidden),
                post(["Transfer-Encoding : chunked"], chunked),
                post(["X: a", " Transfer-Encoding: chunked"], chunked),
                "GET /v1/things HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
                "GET /v1/things HTTP/1.1\r\n\r\n",
                "GET /v1/things HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
                "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{FC}\u{3}\u{3}\r\n\r\n",
            ], with: 400)
    }

    @Test func `a transfer encoding that ends in something else than chunked is refused`() async throws {
        try await OpenDoor.atSocket { door in
            for encoding in ["chunked, identity", "gzip", "xchunked"] {
                let request =
                    "POST /v1/things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: \(encoding)\r\n\r\n0\r\n\r\n"
                let answer = try await RawPeer.send(request, to: door.address)
                #expect(answer.status == 400, "\(encoding)")
            }
            #expect(door.calls.all == [])
        }
    }

    @Test func `older and newer versions of HTTP are refused`() async throws {
        try await refused(
            [
                "GET /v1/things HTTP/1.0\r\n\r\n", "GET /v1/things HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n",
            ], with: 505)
        try await refused(
            [
                "GET /v1/things HTTP/0.9\r\nHost: localhost\r\n\r\n", "GET /v1/things HTTP/2.1\r\nHost: localhost\r\n\r\n",
                "GET /v1/things\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            ], with: 400)
    }

    @Test func `a version of our protocol that we do not speak is refused`() async throws {
        try await refused([RawPeer.request("GET /v1/things", ["Tessera-Version: 2"])], with: 400)
        try await OpenDoor.atSocket { door in
            let answer = try await RawPeer.send(RawPeer.request("GET /v1/things", ["Tessera-Version: 1"]), to: door.address)
            #expect(answer.status == 200)
        }
    }

    @Test func `pipelined requests are answered in order, and one that is refused ends them`() async throws {
        try await OpenDoor.atSocket { door in
            let many = (0..<50).map { "GET /v1/things/\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
            let bad = "POST /v1/things HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nno"
            let answer = try await RawPeer.send(many + bad + "GET /v1/things/99 HTTP/1.1\r\nHost: a\r\n\r\n", to: door.address)
            #expect(answer.statuses == Array(repeating: 200, count: 50) + [415])
            #expect(door.calls.all == (0..<50).map { "thing \($0)" })
        }
    }

    @Test func `a body in another coding than chunks is refused, also where chunks are around it`() async throws {
        let body = "2\r\nhi\r\n0\r\n\r\n"
        let fields = ["Content-Type: application/json"]
        try await refused(
            ["gzip, chunked", "x, chunked"].map {
                RawPeer.request("POST /v1/things", fields + ["Transfer-Encoding: \($0)"], body: body)
            }, with: 415)
        try await OpenDoor.atSocket { (door) async throws in
            for coding in ["chunked", "Chunked"] {
                let request = RawPeer.request("POST /v1/things", fields + ["Transfer-Encoding: \(coding)"], body: body)
                let status = try await RawPeer.send(request, to: door.address).status
                #expect(status == 200, "\(coding)")
            }
        }
    }

    @Test func `a length that no number holds is too large, at once`() async throws {
        let lengths = ["9223372036854775807", "9223372036854775808"]
        try await refused(
            lengths.map { RawPeer.request("POST /v1/things", ["Content-Type: application/json", "Content-Length: \($0)"]) }, with: 413)
    }

    @Test func `a long header field that is not of ASCII alone is refused before it is compared`() async throws {
        let marks = String(repeating: "\u{301}\u{323}", count: 3_500)
        try await refused(
            ["Origin", "Tessera-Version", "Content-Type", "Expect", "Authorization", "Accept"].map {
                RawPeer.request("GET /v1/things", ["\($0): e\(marks)"])
            }, with: 431)
        try await OpenDoor.atSocket { (door) async throws in
            for value in ["é", String(repeating: "x", count: 8_000)] {
                #expect(try await RawPeer.send(RawPeer.request("GET /v1/things", ["X-Note: \(value)"]), to: door.address).status == 200)
            }
        }
    }
}
