import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import ServiceLifecycle

/// The requests of one connection, one after the other.
///
/// A body is read to its end, and no further than its limit, before anything is dispatched: a slow or endless one
/// occupies nothing but its own connection. Once the answer is written it is wiped, also where a route has kept it.
struct Conversation {
    private typealias Parts = NIOAsyncChannelInboundStream<HTTPRequestPart>.AsyncIterator
    private typealias Answers = NIOAsyncChannelOutboundWriter<HTTPResponsePart>

    private let connection: DoorChannel.Value
    private let desk: Desk

    init(_ connection: DoorChannel.Value, desk: Desk) {
        self.connection = connection
        self.desk = desk
    }

    /// Serves the connection until it is closed.
    func run() async {
        do {
            try await connection.parts.serve().executeThenClose { parts, answers in
                var parts = parts.makeAsyncIterator()
                var known: Caller??
                do {
                    while case .head(let head)? = try await parts.next(isolation: #isolation) {
                        let caller = if let known { known } else { await connection.caller() }
                        known = .some(caller)
                        guard try await serve(desk.turn(head, connection.channel, caller), &parts, answers) else { break }
                    }
                } catch {
                    guard let problem = Self.problem(of: error) else { throw error }
                    try await write(desk.refuse(problem), to: nil, answers)
                }
                // What the client still sends is thrown away until its deadline: a close would take the answer along.
                answers.finish()
                while try await parts.next(isolation: #isolation) != nil {}
            }
        } catch { desk.lost(error) }
    }

    /// Answers one request.
    ///
    /// - Returns: whether another can follow.
    private func serve(_ turn: Desk.Turn, _ parts: inout Parts, _ answers: Answers) async throws -> Bool {
        let head = turn.head
        let entry: RouteIndex.Entry
        let caller: Caller
        do throws(Problem) {
            (caller, entry) = try await turn.check()
        } catch {
            return try await refuse(error, turn, &parts, answers)
        }
        var room = BodyRoom(desk.admissions, caller)
        let body: ByteBuffer
        switch try await read(head, upTo: entry.body.size ?? desk.limits.bodySize, &room, &parts, answers) {
        case .success(let bytes): body = bytes
        case .failure(let problem):
            try await write(turn.refused(problem, closes: true), to: head, answers)
            return false
        }
        // Behind the body: who sends one slowly takes no place that others wait for.
        let admission: Admission
        do throws(Problem) {
            let (admissions, presence) = (desk.admissions, connection.presence)
            admission = try entry.isProbe ? admissions.pass(caller, presence) : admissions.enter(caller, presence)
        } catch {
            try await write(turn.refused(error, closes: turn.asksToClose), to: head, answers)
            return !turn.asksToClose
        }
        defer { admission.leave() }
        let task = Task {
            // All that the routes were lent of it is the same memory.
            defer { body.wipe() }
            var response = await turn.answer(Request(head: turn.dispatched, body: .init(buffer: body)), at: entry.route, caller, admission)
            // HTTP/1.1 ends the answer to a HEAD with its fields; the encoder would end a stream of unknown length with a chunk.
            if turn.asksToClose || head.method == .head && response.body.contentLength == nil { response.headers[.connection] = "close" }
            try await write(response, to: head, answers)
            return response.headers[.connection] == nil
        }
        connection.presence.answering(task, admission)
        defer { connection.presence.answered() }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Answers a request that is not let in; one with a body is the last of its connection.
    private func refuse(_ problem: Problem, _ turn: Desk.Turn, _ parts: inout Parts, _ answers: Answers) async throws -> Bool {
        guard !turn.hasBody, case .end? = try await parts.next(isolation: #isolation) else {
            try await write(turn.refused(problem, closes: true), to: turn.head, answers)
            return false
        }
        try await write(turn.refused(problem, closes: turn.asksToClose), to: turn.head, answers)
        return !turn.asksToClose
    }

    /// Reads a body to its end; one that is still coming when the door is closed gets a moment more.
    private func read(
        _ head: HTTPRequest, upTo limit: Int, _ room: inout BodyRoom, _ parts: inout Parts, _ answers: Answers
    ) async throws -> Result<ByteBuffer, Problem> {
        let reading = Reading(connection.channel)
        defer { reading.end() }
        return try await withGracefulShutdownHandler {
            try await collect(head, upTo: limit, &room, &parts, answers)
        } onGracefulShutdown: {
            reading.hurry()
        }
    }

    private func collect(
        _ head: HTTPRequest, upTo limit: Int, _ room: inout BodyRoom, _ parts: inout Parts, _ answers: Answers
    ) async throws -> Result<ByteBuffer, Problem> {
        let tooLarge = Problem(
            .contentTooLarge, "tooLarge", "the body has more than \(limit) bytes", userAction: "send less at once")
        if let length = head.headerFields[.contentLength] {
            // The decoder takes digits alone: what is no Int is a number beyond all.
            guard let length = Int(length), length <= limit else { return .failure(tooLarge) }
        }
        if let expected = head.headerFields[.expect] {
            guard expected.lowercased() == "100-continue" else {
                return .failure(Problem(.expectationFailed, "invalidRequest", "only 100-continue can be expected here"))
            }
            try await ResponseWriter(outbound: answers).writeInformationalHead(HTTPResponse(status: .continue))
        }
        var body = ByteBuffer()
        while let part = try await parts.next(isolation: #isolation) {
            switch part {
            case .head: return .failure(Problem(.badRequest, "invalidRequest", "a request began within another"))
            case .body(var bytes):
                guard body.readableBytes + bytes.readableBytes <= limit else { return .failure(tooLarge) }
                do throws(Problem) { try room.grow(to: body.readableBytes + bytes.readableBytes) } catch { return .failure(error) }
                body.writeBuffer(&bytes)
            case .end: return .success(body)
            }
        }
        throw ChannelError.inputClosed
    }

    private func write(_ response: Response, to head: HTTPRequest?, _ answers: Answers) async throws {
        if head?.method == .head {
            try await ResponseWriter(outbound: answers).writeResponse(response.head)
        } else {
            try await ResponseWriter(outbound: answers).write(response: response.head, body: response.body)
        }
    }

    private static func problem(of error: any Error) -> Problem? {
        if let fault = error as? MessageFault { return fault.problem }
        guard let error = error as? HTTPParserError else { return nil }
        return switch error {
        case .headerOverflow:
            Problem(.requestHeaderFieldsTooLarge, "tooLarge", "the request's header fields are too large or too many")
        case .invalidEOFState: nil
        default: Problem(.badRequest, "invalidRequest", "this is no HTTP/1.1 request")
        }
    }
}
