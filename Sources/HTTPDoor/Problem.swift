public import HTTPTypes
public import Hummingbird

/// Why a request was not carried out, as its answer says it: `application/problem+json` (RFC 9457).
///
/// ``code`` is stable: programs compare it, and nothing else.
public struct Problem: Error, Sendable, Encodable {
    /// The HTTP status of the answer.
    public let status: HTTPResponse.Status
    /// The stable name of this kind of problem, in lower camel case: `noSuchOperation`.
    public let code: String
    /// One sentence about this case.
    public let detail: String
    /// What the client, or the person before it, can do next.
    public let userAction: String?
    /// Whether the very same request may succeed a little later.
    public let isRetryable: Bool
    /// PIN tries left, for a card's PIN only.
    public let triesLeft: Int?
    /// Who holds the device now.
    public let holder: String?
    /// Further header fields of the answer.
    public let headers: HTTPFields

    /// A problem.
    public init(
        _ status: HTTPResponse.Status, _ code: String, _ detail: String, userAction: String? = nil, isRetryable: Bool = false,
        triesLeft: Int? = nil, holder: String? = nil, headers: HTTPFields = [:]
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.userAction = userAction
        self.isRetryable = isRetryable
        self.triesLeft = triesLeft
        self.holder = holder
        self.headers = headers
    }

    private enum Key: String, CodingKey { case type, title, status, detail, code, retryable, triesLeft, holder, userAction }

    /// Writes the members of RFC 9457, section 3.1, and ours behind them.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode("about:blank", forKey: .type)
        try container.encode(status.reasonPhrase, forKey: .title)
        try container.encode(status.code, forKey: .status)
        try container.encode(detail, forKey: .detail)
        try container.encode(code, forKey: .code)
        try container.encode(isRetryable, forKey: .retryable)
        try container.encodeIfPresent(triesLeft, forKey: .triesLeft)
        try container.encodeIfPresent(holder, forKey: .holder)
        try container.encodeIfPresent(userAction, forKey: .userAction)
    }
}

extension Problem: HTTPResponseError {
    /// The answer that says so.
    public func response(from request: Request, context: some RequestContext) throws -> Response {
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: .init(byteBuffer: try JSON.buffer(self)))
    }
}
