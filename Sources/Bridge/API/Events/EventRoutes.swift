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
            body: ResponseBody(asyncSequence: EventFrames(feed, listener)))
    }
}

extension HTTPField.Name {
    /// HTML, 9.2.4.
    fileprivate static let lastEventID = HTTPField.Name("Last-Event-ID") ?? .range
}
