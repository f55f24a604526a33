import Foundation
import TestSupport
import Testing

/// The log as programs read it.
@Suite(.timeLimit(.minutes(5))) struct LoggedDaemonTests {
    @Test func `in JSON every line is one object, whatever was asked for`() async throws {
        let daemon = try await RunningDaemon(in: try Folder(), ["--log-format", "json"])
        // The second is read no further than its newline.
        for path in [#"no"such%22thing"#, "no%0Asuch%0Athing"] { #expect(try await daemon.ask("GET", path).status / 100 == 4) }
        #expect(try await daemon.ask("GET", "products").status == 200)
        try await daemon.stop()

        let log = daemon.program.errors
        #expect(log.hasSuffix("\n"))
        var events: [[String: String]] = []
        for line in log.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let event = try #require(try? JSONDecoder().decode([String: String].self, from: Data(line.utf8)), "\(line)")
            for name in ["level", "message", "source"] { #expect(event[name] != nil, "\(line)") }
            #expect(event["time"]?.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#) != nil, "\(line)")
            events.append(event)
        }
        let refused = events.filter { $0["message"] == "request refused" }
        #expect(refused.map { $0["code"] } == ["notFound", "invalidRequest"])
        #expect(refused.map { $0["path"] } == [#"/v1/no"such%22thing"#, nil])
        #expect(refused.map { $0["level"] } == ["notice", "notice"])
        let answered = events.filter { $0["message"] == "request answered" && $0["path"] == "/v1/products" }
        #expect(answered.map { $0["status"] } == ["200"])
        // How long it took, beside when that was.
        #expect(answered.first?["took"] != nil)
        let last = try #require(events.last { $0["message"] == "ended" })
        #expect(last["by"] == "SIGTERM" && last["source"] == "tessera")
    }
}
