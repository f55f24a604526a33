import Foundation
import ServiceLifecycle
import TestSupport
import Testing

/// curl at a Unix socket.
struct Curl: Sendable {
    let socket: String
    let services: ServiceGroup

    struct Answer: @unchecked Sendable {
        let status: Int
        let object: [String: Any]

        var prompt: [String: Any]? { object["prompt"] as? [String: Any] }
    }

    /// Looks again and again, each time behind what was seen, until an answer fits, which the first may do; each says something new.
    func follow(_ id: String, behind first: Answer, until fits: @Sendable (Answer) -> Bool) async throws -> Answer {
        var found = first
        while !fits(found) {
            let seen = try #require(found.object["seen"] as? String, "\(found)")
            found = try await ask("GET", "/v1/operations/\(id)?wait=60&after=\(seen)")
            try #require(found.object["seen"] as? String != seen, "\(found)")
        }
        return found
    }

    func ask(_ method: String, _ path: String, _ body: Data? = nil, _ headers: [String] = []) async throws -> Answer {
        var arguments = ["-s", "--max-time", "90", "--unix-socket", socket, "-X", method, "-w", "\n%{http_code}"]
        for header in headers { arguments += ["-H", header] }
        if body != nil { arguments += ["-H", "Content-Type: application/json", "--data-binary", "@-"] }
        let outcome = try await ChildProgram.run("curl", arguments + ["http://localhost\(path)"], input: body ?? Data())
        let lines = outcome.text.split(separator: "\n")
        let object = try? JSONSerialization.jsonObject(with: Data((lines.first ?? "").utf8)) as? [String: Any]
        return Answer(status: lines.last.flatMap { Int($0) } ?? 0, object: object ?? [:])
    }

    /// What a stream says until it has said both.
    func listen(from last: Int, until one: String, and other: String) async throws -> String {
        let script = """
            exec 3< <(exec curl -sN --max-time 90 --unix-socket "$1" -H "Last-Event-ID: $2" http://localhost/v1/events)
            one= other=
            while IFS= read -r line <&3; do
                printf '%s\\n' "$line"
                [[ $line == *"$3"* ]] && one=1
                [[ $line == *"$4"* ]] && other=1
                [[ $one$other == 11 ]] && break
            done
            kill $!
            """
        return try await ChildProgram.run("bash", ["-c", script, "listen", socket, "\(last)", one, other]).text
    }

    /// Asks, and goes away without an answer as soon as `body` returns.
    func leave(_ method: String, _ path: String, _ json: String, when body: () async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "leave-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let sign = folder.appending(path: "sign")
        let script = """
            curl -s --max-time 90 --unix-socket "$1" -X "$2" -H 'Content-Type: application/json' -d "$3" "http://localhost$4" &
            for _ in $(seq 900); do [ -e "$5" ] && break; sleep 0.1; done
            kill $!
            """
        let arguments = ["-c", script, "leave", socket, method, json, path, sign.path]
        async let left = ChildProgram.run("bash", arguments)
        try await body()
        try Data().write(to: sign)
        #expect(try await left.text == "")
    }

    /// What curl says of a stream to its end: 0 when it ended, not cut.
    func ends(listeningFrom last: Int) async throws -> Int32 {
        try await ChildProgram.run(
            "curl", ["-sN", "--unix-socket", socket, "-H", "Last-Event-ID: \(last)", "http://localhost/v1/events"], within: .seconds(240)
        ).status
    }
}
