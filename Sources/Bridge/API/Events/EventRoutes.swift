public import HTTPDoor
import HTTPTypes
public import Hummingbird
import NIOCore
import Verification

/// What happens, as a stream of events (HTML, 9.2: server-sent events).
public struct EventRoutes: Sendable {
    private let feed: Feed

    /// The stream of this feed.
    public init(_ feed: Feed) { self.feed = feed }

    /// Puts it behind a door, as `/v1/events`.
    public func add(to routes: Router<DoorContext>) { routes.get("v1/events") { try await stream($0, $1) } }

    private func stream(_ request: Request, _ context: DoorContext) async throws -> Response {
        try context.caller.require(.deviceUser, .verifier, .observer)
        var last: Int64?
        if let text = request.headers[.lastEventID], !text.isEmpty {
            guard let number = Int64(text), number >= 0 else {
                throw Problem.invalid("Last-Event-ID is no id of an event: leave it out to begin now")
            }
            last = number
        }
        let listener: FeedListener
        do throws(StoreError) { listener = try await feed.listen(as: context.caller.name, after: last) } catch { throw Problem(error) }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { [feed] writer in
                try await EventStream(feed, listener).write(to: &writer)
                try await writer.finish(nil)
            })
    }
}

/// Writes one listener's events: first what they missed, page by page, then what happens.
struct EventStream {
    private let feed: Feed
    private let listener: FeedListener

    init(_ feed: Feed, _ listener: FeedListener) {
        self.feed = feed
        self.listener = listener
    }

    /// Writes until the listener is dropped, or the feed ends.
    func write(to writer: inout any ResponseBodyWriter) async throws {
        // Said at once, so that the client knows that it listens, and from where on.
        try await writer.write(ByteBuffer(string: ": listening\nid: \(listener.position)\n\n"))
        if listener.isTooFarBehind {
            try await writer.write(FeedEvent(id: listener.joinedAt, name: .reset, data: ByteBuffer(string: "{}")).frame)
        }
        var position = listener.position
        while position < listener.joinedAt {
            let page = try await feed.page(after: position, upTo: listener.joinedAt)
            for event in page { try await writer.write(event.frame) }
            guard let last = page.last?.id else { break }
            position = last
        }
        for await frame in listener.live { try await writer.write(frame) }
    }
}

extension HTTPField.Name {
    /// HTML, 9.2.4.
    fileprivate static let lastEventID = HTTPField.Name("Last-Event-ID") ?? .range
}
