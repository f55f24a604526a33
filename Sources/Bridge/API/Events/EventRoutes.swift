public import HTTPDoor
import HTTPTypes
public import Hummingbird
import ServiceLifecycle

/// What happens, as a stream of events (HTML, 9.2: server-sent events).
public struct EventRoutes: Sendable {
    private let feed: Feed

    /// The stream of this feed.
    public init(_ feed: Feed) { self.feed = feed }

    /// Puts it behind a door, as `/v1/events`.
    public func add(to routes: Router<DoorContext>) {
        routes.add(.get, "v1/events", for: .deviceUser, .verifier, .observer) { ask in
            let last = try ask.lastEventID()
            try ask.context.standAside()
            let listener = try await feed.listen(as: ask.caller.name, after: last)
            return Response(
                status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
                body: ResponseBody(asyncSequence: EventFrames(feed, listener).cancelOnGracefulShutdown()))
        }
    }
}

extension Ask {
    /// The id of the event that the client saw last (HTML, 9.2.4); `nil` where it has seen none.
    fileprivate func lastEventID() throws(Problem) -> Int64? {
        guard let name = HTTPField.Name("Last-Event-ID"), let text = request.headers[name], !text.isEmpty else { return nil }
        guard text.utf8.count <= 18, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(text) else {
            throw .invalidRequest("Last-Event-ID is no id of an event", "leave it out to begin now")
        }
        return number
    }
}
