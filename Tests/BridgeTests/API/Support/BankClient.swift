import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// A banking core: sends JSON to a socket, and reads what comes back.
struct BankClient: Sendable {
    let socket: String

    struct Answer: Sendable {
        let status: UInt
        let headers: HTTPHeaders
        let body: [UInt8]

        func header(_ name: String) -> String? { headers.first(name: name) }

        var text: String { String(decoding: body, as: UTF8.self) }

        /// A member of the answer's object, by its path: `order.next`.
        subscript(path: String) -> Any? {
            path.split(separator: ".").reduce((try? JSONSerialization.jsonObject(with: Data(body))) as Any?) { value, name in
                if let index = Int(name) { return (value as? [Any])?.dropFirst(index).first }
                return (value as? [String: Any])?[String(name)]
            }
        }

        func string(_ path: String) -> String? { self[path] as? String }

        /// The stable name of a problem, if this is one that says what to do next.
        var code: String? {
            guard header("content-type") == "application/problem+json", self["status"] as? Int == Int(status),
                string("userAction")?.isEmpty == false
            else { return nil }
            return string("code")
        }

        /// Everything but the moment.
        var withoutDate: [String] { headers.filter { $0.name.lowercased() != "date" }.map { "\($0.name): \($0.value)" } + [text] }
    }

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> Answer { try await send("GET", path, nil, headers) }

    func post(_ path: String, _ body: [String: any Sendable]? = nil, _ headers: [String: String] = [:]) async throws -> Answer {
        try await send("POST", path, body.map { try JSONSerialization.data(withJSONObject: $0) }, headers)
    }

    func send(_ method: String, _ path: String, _ body: Data?, _ headers: [String: String] = [:]) async throws -> Answer {
        let url = try #require(URL(httpURLWithSocketPath: socket, uri: path)).absoluteString
        var request = HTTPClientRequest(url: url)
        request.method = HTTPMethod(rawValue: method)
        // RFC 9112, 3.2: the client leaves it out where the address is a socket.
        request.headers.add(name: "host", value: "localhost")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            if !request.headers.contains(name: "content-type") { request.headers.add(name: "content-type", value: "application/json") }
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 8 << 20)
        return Answer(status: response.status.code, headers: response.headers, body: Array(bytes.readableBytesView))
    }
}
