import HTTPDoor
import HTTPTypes
import Hummingbird
import NIOCore

/// All that happens at both doors, as one stream that goes on where a page left it.
struct EventRoutes: Sendable {
    let hub: EventHub

    func add(to routes: RouterGroup<ConsoleContext>) {
        routes.get("events") { request, context -> Response in
            let browser = try context.known()
            // A page that opens says from where its first look was; a browser that reconnects says so itself.
            let last = request.headers.value(of: "Last-Event-ID") ?? request.uri.queryParameters["after"].map { String($0) }
            try context.door.standAside()
            let listening = hub.listen(as: browser.id, after: last)
            let body = ResponseBody { [hub] writer in
                try await writer.write(ByteBuffer(string: "retry: 1000\n\n"))
                let start = hub.name(of: listening.start)
                if listening.isReset {
                    try await writer.write(ByteBuffer(string: "id: \(start)\nevent: reset\ndata: {}\n\n"))
                } else {
                    try await writer.write(ByteBuffer(string: "id: \(start)\nevent: open\ndata: {}\n\n"))
                }
                for entry in listening.missed { try await writer.write(hub.lines(of: entry)) }
                for await entry in listening.coming.withBeats(every: .seconds(15)) {
                    if let entry {
                        try await writer.write(hub.lines(of: entry))
                    } else {
                        try await writer.write(ByteBuffer(string: ": still here\n\n"))
                    }
                }
                try await writer.finish(nil)
            }
            return Response(status: .ok, headers: [.contentType: "text/event-stream"], body: body)
        }
    }
}

extension EventHub {
    /// An event as it is written (HTML Living Standard, 9.2.5).
    fileprivate func lines(of entry: Entry) -> ByteBuffer {
        let data = entry.data.split(separator: "\n", omittingEmptySubsequences: false).map { "data: \($0)\n" }.joined()
        return ByteBuffer(string: "id: \(name(of: entry.number))\nevent: \(entry.name)\n\(data)\n")
    }
}

extension AsyncStream where Element: Sendable {
    /// The same elements, and `nil` from time to time: so a page that has gone is noticed.
    fileprivate func withBeats(every interval: Duration) -> AsyncStream<Element?> {
        AsyncStream<Element?>(bufferingPolicy: .bufferingOldest(512)) { continuation in
            let elements = Task {
                for await element in self {
                    if case .dropped = continuation.yield(element) { break }
                }
                continuation.finish()
            }
            let beats = Task {
                while !Task.isCancelled {
                    try? await Task.sleep(for: interval)
                    continuation.yield(nil)
                }
            }
            continuation.onTermination = { _ in
                elements.cancel()
                beats.cancel()
            }
        }
    }
}
