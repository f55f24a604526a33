import AsyncAlgorithms
import HTTPDoor
import HTTPTypes
import Hummingbird

/// All that happens at both doors, as one stream that goes on where a page left it.
struct EventRoutes: Sendable {
    let hub: EventHub

    func add(to routes: RouterGroup<ConsoleContext>) {
        routes.get("events") { [hub] request, context -> Response in
            let browser = try context.known()
            // A page that opens says from where its first look was; a browser that reconnects says so itself.
            let last = request.headers.value(of: "Last-Event-ID") ?? request.uri.queryParameters["after"].map { String($0) }
            let listening = hub.listen(as: browser.id, after: last)
            let beginning = ServerSentEvent(id: hub.name(of: listening.start), name: listening.isReset ? "reset" : "open", data: "{}")
            let missed = listening.missed.map { hub.event(of: $0) }
            let coming = listening.coming.map { [hub] entry in hub.event(of: entry) }
            return try .events(chain(([beginning] + missed).async, coming), context: context.door)
        }
    }
}

extension EventHub {
    fileprivate func event(of entry: Entry) -> ServerSentEvent {
        ServerSentEvent(id: name(of: entry.number), name: entry.name, data: entry.data)
    }
}
