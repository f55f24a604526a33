import CoreMetrics
import Foundation
import TestSupport
import Testing

@testable import HTTPDoor

@Suite struct `Metrics as text` {
    @Test func `are ordered and escaped`() {
        let metrics = PrometheusMetrics()
        Counter(label: "b.requests", dimensions: [("z", "1"), ("a", "back\\slash \"quoted\"\nline")], factory: metrics).increment(by: 2)
        Counter(label: "b.requests", dimensions: [("a", "x"), ("z", "1")], factory: metrics).increment()
        Counter(label: "b.requests", dimensions: [("z", "1"), ("a", "x")], factory: metrics).increment()
        Gauge(label: "a_gauge", dimensions: [], factory: metrics).record(1.5)
        Gauge(label: "a_gauge", dimensions: [], factory: metrics).record(2.5)
        #expect(
            metrics.exposition() == """
                # TYPE a_gauge gauge
                a_gauge 2.5
                # TYPE b_requests_total counter
                b_requests_total{a="back\\\\slash \\"quoted\\"\\nline",z="1"} 2
                b_requests_total{a="x",z="1"} 2

                """)
    }

    @Test func `are read by Prometheus' own parser`() async throws {
        let metrics = PrometheusMetrics()
        Counter(label: "tessera_logins", dimensions: [("outcome", "a \"b\"\\\n c")], factory: metrics).increment(by: 7)
        Timer(label: "tessera_store_duration", dimensions: [("transaction", "begin")], factory: metrics).recordMilliseconds(1_500)
        Timer(label: "tessera_store_duration", dimensions: [("transaction", "begin")], factory: metrics).recordMilliseconds(500)
        Recorder(label: "sizes", dimensions: [], aggregate: true, factory: metrics).record(12)
        Meter(label: "9lives", dimensions: [("né", "é")], factory: metrics).set(Double.infinity)
        let script = """
            import sys, json
            from prometheus_client.parser import text_string_to_metric_families as parse
            print(json.dumps([[f.name, f.type, s.name, s.labels, str(s.value)] for f in parse(sys.stdin.read()) for s in f.samples]))
            """
        let judge = try await ChildProgram.run(".build/venv/bin/python", ["-c", script], input: Data(metrics.exposition().utf8))
        #expect(judge.status == 0, "\(judge.complaints)")
        let read = judge.text
        #expect(read.contains(#"["_9lives", "gauge", "_9lives", {"n_": "\u00e9"}, "inf"]"#), "\(read)")
        #expect(read.contains(#"["tessera_logins", "counter", "tessera_logins_total", {"outcome": "a \"b\"\\\n c"}, "7"]"#), "\(read)")
        #expect(read.contains(#""tessera_store_duration_seconds_sum", {"transaction": "begin"}, "2"]"#), "\(read)")
        #expect(read.contains(#""tessera_store_duration_seconds_count", {"transaction": "begin"}, "2"]"#), "\(read)")
        #expect(read.contains(#"["sizes", "summary", "sizes_sum", {}, "12"]"#), "\(read)")
    }

    @Test func `a name has one kind`() {
        let metrics = PrometheusMetrics()
        Gauge(label: "a", dimensions: [], factory: metrics).record(1)
        Recorder(label: "a", dimensions: [], aggregate: true, factory: metrics).record(5)
        #expect(metrics.exposition() == "# TYPE a gauge\na 1\n")
    }
}
