import AsyncHTTPClient
import Foundation
import HTTPDoor
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1

/// One of the two doors behind the page, asked over its Unix socket as any banking core would.
struct DoorClient: Sendable {
    /// The door's name, for messages: `the bridge`.
    let name: String
    let socket: String
    let http: HTTPClient
    let logger: Logger

    /// The most bytes of an answer that are read.
    private static let answerLimit = 4 << 20
    /// The most pages of a list that are read.
    private static let pageLimit = 100

    /// What a door answered.
    struct Answer: Sendable {
        let status: Int
        let type: String?
        let body: ByteBuffer

        /// The body as JSON; `null` when there is none.
        var json: JSONValue {
            (try? JSONDecoder().decode(JSONValue.self, from: Data(body.readableBytesView))) ?? .null
        }
    }

    /// Asks, and waits for the whole answer.
    ///
    /// - Parameters:
    ///   - path: segments of the path under `/v1`; each is percent-encoded.
    ///   - deadline: for all of it, the answer's last byte included.
    /// - Throws: what the door said; `doorUnreachable` or `doorSilent` where it said nothing.
    func ask(
        _ method: HTTPRequest.Method, _ path: [String], query: [(String, String)] = [], headers: [(String, String)] = [],
        json: JSONValue? = nil,
        deadline: TimeAmount = .seconds(15)
    ) async throws(Problem) -> Answer {
        var headers = headers
        var body: ByteBuffer?
        if let json {
            do { body = try JSON.buffer(json) } catch { throw Problem(.badRequest, "invalidRequest", "the request is no JSON") }
            headers.append(("Content-Type", "application/json"))
        }
        return try await send(method, path, query: query, headers: headers, body: body, deadline: deadline)
    }

    /// Asks for a whole list, page by page; in each it is called as the path's last segment.
    ///
    /// - Throws: as the other one; `doorRefused` for what is no such list, or one without an end.
    func askAll(_ path: [String]) async throws(Problem) -> [JSONValue] {
        var entries: [JSONValue] = []
        var query: [(String, String)] = []
        for _ in 0..<Self.pageLimit {
            let page = try await ask(.get, path, query: query).json
            guard let list = path.last, case .array(let found)? = page[list] else { break }
            entries += found
            guard let next = page["next"]?.text else { return entries }
            query = [("cursor", next)]
        }
        throw Problem(.badGateway, "doorRefused", "the answer of \(name) is not understood")
    }

    /// Sends bytes that are no JSON: a picture before a camera, what is typed on an emulated pad.
    ///
    /// They are kept nowhere.
    func send(
        _ method: HTTPRequest.Method, _ path: [String], query: [(String, String)] = [], headers: [(String, String)] = [], body: ByteBuffer?,
        deadline: TimeAmount = .seconds(15)
    ) async throws(Problem) -> Answer {
        var request = HTTPClientRequest(url: url(path, query))
        request.method = HTTPMethod(rawValue: method.rawValue)
        // A socket has no host, and HTTP/1.1 wants one (RFC 9112, 3.2).
        request.headers.add(name: "Host", value: "localhost")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(body) }
        let answer: Answer
        do {
            answer = try await Self.within(deadline) { [request] in
                let response = try await http.execute(request, timeout: deadline)
                let body = try await response.body.collect(upTo: Self.answerLimit)
                return Answer(
                    status: Int(response.status.code), type: response.headers.first(name: "Content-Type"), body: body)
            }
        } catch {
            throw unreachable(error)
        }
        guard (200...299).contains(answer.status) else { throw Problem(of: answer, from: name) }
        return answer
    }

    /// The client's own deadline ends with the head of an answer, and a door can stop behind it.
    private static func within<Value: Sendable>(
        _ deadline: TimeAmount, _ ask: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await ask() }
            group.addTask {
                try await Task.sleep(for: Duration(deadline))
                return nil
            }
            let first: Value? = try await group.next() ?? nil
            group.cancelAll()
            guard let first else { throw HTTPClientError.deadlineExceeded }
            return first
        }
    }

    /// Opens the door's events, from the one behind `last` on.
    ///
    /// - Parameter deadline: for the head of the answer; the events behind it have none.
    func events(after last: String?, deadline: TimeAmount = .seconds(15)) async throws(Problem) -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url(["events"], []))
        request.headers.add(name: "Host", value: "localhost")
        request.headers.add(name: "Accept", value: "text/event-stream")
        if let last { request.headers.add(name: "Last-Event-ID", value: last) }
        do {
            let response = try await http.execute(request, timeout: deadline)
            guard response.status == .ok else {
                throw Problem(.badGateway, "doorRefused", "\(name) refuses its events with \(response.status.code)", isRetryable: true)
            }
            return response
        } catch let problem as Problem {
            throw problem
        } catch {
            throw unreachable(error)
        }
    }

    private func url(_ path: [String], _ query: [(String, String)]) -> String {
        let segments = (["v1"] + path).map { $0.addingPercentEncoding(withAllowedCharacters: .unreserved) ?? "" }
        let pairs = query.map { name, value in "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: .unreserved) ?? "")" }
        let uri = "/" + segments.joined(separator: "/") + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
        return URL(httpURLWithSocketPath: socket, uri: uri)?.absoluteString ?? "http+unix:///"
    }

    private func unreachable(_ error: any Error) -> Problem {
        if let error = error as? HTTPClientError, [.deadlineExceeded, .readTimeout, .connectTimeout].contains(error) {
            return Problem(
                .gatewayTimeout, "doorSilent", "\(name) did not answer in time", userAction: "look at your list, then try again",
                isRetryable: true)
        }
        logger.debug("a door cannot be reached", metadata: ["door": "\(name)", "error": "\(type(of: error))"])
        return Problem(
            .badGateway, "doorUnreachable", "\(name) cannot be reached", userAction: "wait until it runs again, then try again",
            isRetryable: true)
    }
}

extension CharacterSet {
    /// RFC 3986, 2.3.
    fileprivate static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~.")
}

extension Problem {
    /// What a door's refusal says, as far as a page needs it.
    fileprivate init(of answer: DoorClient.Answer, from door: String) {
        let json = answer.json
        self.init(
            .init(code: answer.status), json["code"]?.text ?? "doorRefused",
            json["detail"]?.text ?? "\(door) refuses with \(answer.status)", userAction: json["userAction"]?.text,
            isRetryable: json["retryable"]?.isTrue ?? false, triesLeft: json["triesLeft"]?.whole, holder: json["holder"]?.text)
    }
}
