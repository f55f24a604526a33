import AsyncHTTPClient
import Console
import Foundation
import HTTPDoor
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// A console of which both doors are shut, and a client that says what no browser would say.
struct RunningConsole: Sendable {
    let port: Int
    private let client = HTTPClient.shared

    /// Runs one for the time of `body`.
    static func with(
        bridge: String = "/nonexistent/bridge", emulators: String = "/nonexistent/emulators", limits: DoorLimits = Console.limits,
        _ body: (RunningConsole) async throws -> Void
    ) async throws {
        let (ports, opened) = AsyncStream.makeStream(of: Int.self)
        let console = Console(bridge: bridge, emulators: emulators, port: 0, limits: limits, logger: Logger(label: "console")) {
            opened.yield($0)
        }
        try await withThrowingTaskGroup { group in
            group.addTask { try await console.run() }
            var port: Int?
            for await found in ports {
                port = found
                break
            }
            if let port { try await body(RunningConsole(port: port)) }
            group.cancelAll()
            while (try? await group.next()) != nil {}
        }
    }

    /// What was answered.
    struct Answer {
        let status: Int
        let headers: HTTPHeaders
        let text: String

        /// The problem's code.
        var code: String? { member("code") }

        func member(_ name: String) -> String? {
            (try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])?[name] as? String
        }
    }

    func ask(_ method: HTTPMethod, _ path: String, _ headers: [(String, String)] = [], body: String? = nil) async throws -> Answer {
        let response = try await client.execute(request(method, path, headers, body: body), timeout: .seconds(60))
        let body = try await response.body.collect(upTo: 1 << 22)
        return Answer(status: Int(response.status.code), headers: response.headers, text: String(buffer: body))
    }

    /// The first events of a stream, until `isEnough`.
    func events(_ headers: [(String, String)], path: String = "/api/events", until isEnough: (String) -> Bool) async throws -> String {
        let response = try await client.execute(request(.GET, path, headers, body: nil), timeout: .seconds(60))
        var text = ""
        for try await part in response.body {
            text += String(buffer: part)
            if isEnough(text) { break }
        }
        return text
    }

    private func request(_ method: HTTPMethod, _ path: String, _ headers: [(String, String)], body: String?) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        return request
    }

    /// A browser that has loaded the page: its cookie, and the token for changes.
    func browser() async throws -> (cookie: (String, String), token: (String, String)) {
        let answer = try await ask(.GET, "/api/state")
        let cookie = answer.headers.first(name: "Set-Cookie")?.split(separator: ";").first.map(String.init) ?? ""
        return (("Cookie", cookie), ("X-CSRF-Token", answer.member("csrf") ?? ""))
    }
}

/// What a page's own request says.
let json = ("Content-Type", "application/json")
