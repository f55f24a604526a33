import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// What answers requests: the checks, the routes, and what is said where something fails.
struct Desk: Sendable {
    let entrance: @Sendable (any Channel) -> Entrance
    let routes: RouterResponder<DoorContext>
    let index: RouteIndex
    let limits: DoorLimits
    let admissions: Admissions
    let logger: Logger
    let counts: DoorCounts

    /// One request on its way through the door.
    struct Turn {
        let desk: Desk
        let head: HTTPRequest
        let channel: any Channel
        let known: Caller?
        let id = RequestID()
        let began = ContinuousClock.now
        fileprivate let target: Result<RequestTarget, Problem>
        /// Names the request without what may be private in it: no query, no body, no header field.
        fileprivate let logger: Logger

        init(desk: Desk, head: HTTPRequest, channel: any Channel, known: Caller?) {
            self.desk = desk
            self.head = head
            self.channel = channel
            self.known = known
            target = Result { () throws(Problem) in try RequestTarget(head.path) }
            var logger = desk.logger
            logger[metadataKey: "hb.request.id"] = "\(id)"
            logger[metadataKey: "method"] = "\(head.method)"
            if case .success(let target) = target { logger[metadataKey: "path"] = "\(target.path)" }
            self.logger = logger
        }
    }

    /// One request, of the caller whom the connection itself names.
    func turn(_ head: HTTPRequest, _ channel: any Channel, _ known: Caller?) -> Turn {
        Turn(desk: self, head: head, channel: channel, known: known)
    }

    /// The answer to what cannot be read as a request.
    func refuse(_ problem: Problem) -> Response {
        logger.notice("request refused", metadata: ["code": "\(problem.code)", "detail": "\(problem.detail)"])
        counts.refused(problem)
        return finished(Self.response(problem), closes: true)
    }

    /// A connection that was closed before a byte of it was read.
    func refused(_ error: any Error, _ logger: Logger) {
        logger.notice("connection refused", metadata: ["why": "\(error)"])
        counts.refused(error)
    }

    /// A connection that broke.
    func lost(_ error: any Error) { logger.debug("connection lost", metadata: ["why": "\(error)"]) }

    static func response(_ problem: Problem) -> Response {
        var headers = problem.headers
        headers[.contentType] = "application/problem+json"
        guard let body = try? JSON.buffer(problem) else { return Response(status: problem.status, headers: headers) }
        return Response(status: problem.status, headers: headers, body: .init(byteBuffer: body))
    }

    fileprivate func finished(_ response: Response, closes: Bool) -> Response {
        var response = response
        response.headers[.date] = HTTPDate.text(time(nil))
        response.headers[.tesseraVersion] = Entrance.version
        response.headers[.xContentTypeOptions] = "nosniff"
        if !response.headers.contains(.cacheControl) { response.headers[.cacheControl] = "no-store" }
        if closes { response.headers[.connection] = "close" }
        return response
    }
}

extension Desk.Turn {
    /// Whether a body follows the header fields (RFC 9112, 6.3).
    var hasBody: Bool {
        head.headerFields.contains(.transferEncoding) || head.headerFields[.contentLength].map { $0 != "0" } ?? false
    }

    /// Whether the client wants no further answer on this connection (RFC 9112, 9.3).
    var asksToClose: Bool {
        head.headerFields[.connection]?.lowercased().split(separator: ",").contains { $0.filter { $0 != " " } == "close" } ?? false
    }

    /// What the routes see: a HEAD is answered as its GET, whose body is left out.
    var dispatched: HTTPRequest {
        guard head.method == .head else { return head }
        var get = head
        get.method = .get
        return get
    }

    /// Everything that can be refused before the body is read.
    func check() async throws(Problem) -> (Caller, RouteIndex.Entry) {
        let target = try target.get()
        let caller = try desk.entrance(channel).caller(head, known: known)
        guard let entry = await desk.index.entry(for: target.path, source: source) else {
            throw Problem(.notFound, "notFound", "there is nothing at this path", userAction: await pathHint)
        }
        guard entry.methods.contains(dispatched.method.rawValue) else {
            throw Problem(
                .methodNotAllowed, "methodNotAllowed", "this path does not take this method", userAction: "use \(entry.allow)",
                headers: [.allow: entry.allow])
        }
        try checkType(entry)
        return (caller, entry)
    }

    /// Where the paths of this door are listed.
    private var pathHint: String {
        get async {
            let isDescribed = await desk.index.entry(for: "/openapi.yaml", source: source) != nil
            return isDescribed ? "look it up in /openapi.yaml" : "there are: \(desk.index.names)"
        }
    }

    /// A page of another origin can send a form without being asked for leave; it cannot send JSON.
    private func checkType(_ entry: RouteIndex.Entry) throws(Problem) {
        let fields = head.headerFields
        guard hasBody || fields.contains(.contentType) else { return }
        let type = fields[.contentType]?.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        guard let type, entry.body.types.contains(type), !fields.contains(.contentEncoding), !isCodedWithinChunks else {
            let types = entry.body.types.sorted()
            let wanted = types.joined(separator: " or ")
            throw Problem(
                .unsupportedMediaType, "unsupportedMediaType", "this path takes a body as \(wanted) alone",
                userAction: "send the header Content-Type: \(wanted), and the body as it is, not compressed",
                headers: [.accept: types.joined(separator: ", ")])
        }
    }

    /// Whether another coding stands between the chunks and the body; without chunks at the end a body has none, and the parser refuses
    /// it (RFC 9112, 6.1 and 7).
    private var isCodedWithinChunks: Bool {
        let codings = head.headerFields[values: .transferEncoding].flatMap { $0.split(separator: ",") }
            .map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
        return codings.count > 1 && codings.last == "chunked"
    }

    /// Lets the routes answer.
    func answer(_ request: Request, at route: String, _ caller: Caller, _ admission: Admission) async -> Response {
        let context = DoorContext(source: source, caller: caller, admission: admission)
        let response: Response
        do {
            response = try await desk.routes.respond(to: request, context: context)
        } catch let error as any ProblemReporting {
            response = Desk.response(error.problem)
        } catch let problem as Problem {
            response = Desk.response(problem)
        } catch is CancellationError {
            response = Desk.response(
                Problem(
                    .serviceUnavailable, "shuttingDown", "the service is being stopped", userAction: "ask again a little later",
                    isRetryable: true))
        } catch {
            response = failed(error)
        }
        let answer = desk.finished(uniform(response), closes: false)
        tell(answer, route, caller)
        return answer
    }

    /// The answer to a request that is not let in.
    func refused(_ problem: Problem, closes: Bool) -> Response {
        logger.notice("request refused", metadata: ["code": "\(problem.code)", "detail": "\(problem.detail)"])
        desk.counts.refused(problem)
        return desk.finished(Desk.response(problem), closes: closes)
    }

    /// Only the log learns what happened; the client learns where in the log it stands.
    private func failed(_ error: any Error) -> Response {
        logger.error("request failed", metadata: ["error": "\(error)"])
        return Desk.response(
            Problem(
                .internalServerError, "internal", "something failed here; the log has it under \(id)",
                userAction: "tell who runs this service"))
    }

    /// Hummingbird's own errors in the one form that all errors have.
    private func uniform(_ response: Response) -> Response {
        guard response.status.code >= 400, response.headers[.contentType] != "application/problem+json" else { return response }
        let code =
            switch response.status.code {
            case 404: "notFound"
            case 405: "methodNotAllowed"
            case 413: "tooLarge"
            case 500...: "internal"
            default: "invalidRequest"
            }
        return Desk.response(Problem(response.status, code, "the request cannot be carried out as it is"))
    }

    private func tell(_ response: Response, _ route: String, _ caller: Caller) {
        let taken = ContinuousClock.now - began
        desk.counts.answered(route, head.method, response.status, in: taken)
        logger.log(
            level: response.status.code < 400 ? .debug : .info, "request answered",
            metadata: ["status": "\(response.status.code)", "caller": "\(caller.name)", "took": "\(taken)"])
    }

    private var source: ApplicationRequestContextSource { .init(channel: channel, logger: logger) }
}
