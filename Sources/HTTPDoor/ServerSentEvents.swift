import AsyncAlgorithms
import HTTPTypes
public import Hummingbird
import NIOCore
import ServiceLifecycle

/// One event of a stream that a client keeps open (WHATWG HTML, 9.2.6).
public struct ServerSentEvent: Sendable {
    /// What the client sends back as `Last-Event-ID` after a broken line; `nil` leaves it as it was.
    public let id: String?
    /// Its kind; `nil` is `message`.
    public let name: String?
    /// What it says; each line becomes a `data` field.
    public let data: String

    /// An event.
    public init(id: String? = nil, name: String? = nil, data: String) {
        self.id = id
        self.name = name
        self.data = data
    }

    /// An event whose data is a value as JSON.
    public init(id: String? = nil, name: String? = nil, json value: some Encodable) throws {
        self.init(id: id, name: name, data: String(buffer: try JSON.buffer(value)))
    }

    /// The event as it goes over the line.
    ///
    /// Line ends cannot be part of an id or a name, nor NUL of an id: these characters are left out there.
    public var text: String {
        var text = ""
        if let id { text += "id: \(Self.oneLine(id))\n" }
        if let name { text += "event: \(Self.oneLine(name))\n" }
        // "\r\n" is one character here.
        for line in data.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "\n" || $0 == "\r" || $0 == "\r\n" }) {
            text += "data: \(line)\n"
        }
        return text + "\n"
    }

    private static func oneLine(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0 != "\n" && $0 != "\r" && $0 != "\0" }))
    }

    /// How long a client waits before it comes back, in milliseconds.
    public static func retry(_ milliseconds: Int) -> String { "retry: \(milliseconds)\n\n" }

    /// A line that clients skip, so that both sides notice when the other is gone.
    public static let keepAlive = ":\n\n"
}

extension Response {
    /// An answer that goes on until `events` end, the client goes away, or the service shuts down.
    ///
    /// The request stands aside (``DoorContext/standAside()``). Every 15 seconds without an event a comment is sent. Events
    /// are written as fast as the client takes them; whoever feeds the sequence bounds what waits in it, and ends it for a
    /// client that does not keep up.
    ///
    /// - Throws: ``Problem`` 429 `tooManyRequests`.
    public static func events<Events: AsyncSequence & Sendable>(
        _ events: Events, context: DoorContext, keepAlive: Duration = .seconds(15)
    ) throws(Problem) -> Response where Events.Element == ServerSentEvent {
        try context.standAside()
        var headers = HTTPFields()
        headers[.contentType] = "text/event-stream"
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                try await writer.write(ByteBuffer(string: ServerSentEvent.retry(2_000)))
                let lines = AsyncChannel<String>()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        defer { lines.finish() }
                        for try await event in events.cancelOnGracefulShutdown() { await lines.send(event.text) }
                    }
                    group.addTask {
                        while (try? await Task.sleep(for: keepAlive)) != nil { await lines.send(ServerSentEvent.keepAlive) }
                    }
                    for await line in lines { try await writer.write(ByteBuffer(string: line)) }
                    group.cancelAll()
                }
                try await writer.finish(nil)
            })
    }
}
