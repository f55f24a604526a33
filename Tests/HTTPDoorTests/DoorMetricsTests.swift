import Foundation
import NIOCore
import TestSupport
import Testing

@testable import HTTPDoor

@Suite struct `What a door counts` {
    @Test func `requests by route and status, and how long they took`() async throws {
        let metrics = PrometheusMetrics()
        try await OpenDoor.atSocket(metrics: metrics) { door in
            for line in [
                "GET /v1/things", "GET /v1/things", "HEAD /v1/things", "GET /v1/things/17", "GET /v1/things/18", "GET /v1/refused",
            ] {
                _ = try await RawPeer.send(RawPeer.request(line), to: door.address)
            }
        }
        let text = metrics.exposition()
        let route = #"door="unix",method="GET",route="/v1/things""#
        #expect(text.contains("tessera_http_requests_total{\(route),status=\"200\"} 2\n"), "\(text)")
        #expect(text.contains("tessera_http_request_duration_seconds_count{\(route)} 2\n"), "\(text)")
        #expect(text.contains(#"tessera_http_requests_total{door="unix",method="HEAD",route="/v1/things",status="200"} 1"#), "\(text)")
        // A path as it was declared: what a client asks for makes no series of its own.
        #expect(text.contains(#"tessera_http_requests_total{door="unix",method="GET",route="/v1/things/{id}",status="200"} 2"#), "\(text)")
        #expect(text.contains(#"tessera_http_requests_total{door="unix",method="GET",route="/v1/refused",status="403"} 1"#), "\(text)")
        #expect(!text.contains("/17"), "\(text)")
        let took = try #require(text.firstMatch(of: /tessera_http_request_duration_seconds_sum\{.*route="\/v1\/things"\} ([0-9.e-]+)\n/))
        #expect(Double(took.1).map { $0 > 0 && $0 < 3_600 } == true)
    }

    @Test func `requests that no route saw, by their problem's code alone`() async throws {
        let metrics = PrometheusMetrics()
        try await OpenDoor.atSocket(metrics: metrics) { door in
            let tooLarge = ["Content-Type: application/json", "Content-Length: 99999999"]
            for request in [
                RawPeer.request("GET /v1/nothing/one"), RawPeer.request("GET /v1/nothing/two"), RawPeer.request("DELETE /v1/things"),
                RawPeer.request("FROB /v1/things"),
                RawPeer.request("POST /v1/things", tooLarge), "no HTTP at all\r\n\r\n",
            ] { _ = try await RawPeer.send(request, to: door.address) }
        }
        let text = metrics.exposition()
        for (code, count) in [("notFound", 2), ("methodNotAllowed", 1), ("tooLarge", 1), ("invalidRequest", 2)] {
            #expect(text.contains("tessera_http_requests_refused_total{code=\"\(code)\",door=\"unix\"} \(count)\n"), "\(code): \(text)")
        }
        #expect(!text.contains("tessera_http_requests_total"), "\(text)")
        #expect(!text.contains("nothing") && !text.contains("FROB"), "\(text)")
    }

    @Test func `connections that are open, and those that were not let in`() async throws {
        let metrics = PrometheusMetrics()
        let open = #"tessera_http_connections{door="unix"} "#
        var limits = DoorLimits()
        limits.connectionsPerPeer = 1
        limits.headerTime = .seconds(600)
        try await OpenDoor.atSocket(limits: limits, metrics: metrics) { door in
            #expect(metrics.exposition().contains(open + "0\n"))
            #expect(metrics.exposition().contains(#"tessera_http_connections_refused_total{door="unix",reason="foreignUser"} 0"#))
            let first = try await RawPeer.connect(to: door.address)
            try await first.executeThenClose { _, _ in
                #expect(await eventually { metrics.exposition().contains(open + "1\n") })
                let answer = try await RawPeer.send(RawPeer.request("GET /v1/things"), to: door.address)
                #expect(answer == "")
                let refused = #"tessera_http_connections_refused_total{door="unix",reason="tooManyOfPeer"} 1"#
                #expect(await eventually { metrics.exposition().contains(refused) })
                #expect(metrics.exposition().contains(open + "1\n"))
            }
            #expect(await eventually { metrics.exposition().contains(open + "0\n") })
        }
    }
}
