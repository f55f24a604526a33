import AsyncHTTPClient
import HTTPDoor
import Logging
import NIOCore

/// Listens to one door for as long as the program runs, and tells the pages.
struct DoorEvents: Sendable {
    let door: DoorClient
    let hub: EventHub
    /// What the pages are told of: a door may not invent others.
    let names: Set<String>
    let logger: Logger

    /// Returns when the task is cancelled.
    func run() async {
        var last: String?
        var isUp: Bool?
        while !Task.isCancelled {
            do {
                let response = try await door.events(after: last)
                if isUp != true { tell(isUp: true) }
                // What happened while nobody listened is asked for anew.
                if isUp == false { hub.tell("reset") }
                isUp = true
                var lines = EventLines()
                for try await part in response.body {
                    for event in try lines.take(part.readableBytesView) {
                        if let id = event.id { last = id }
                        if names.contains(event.name) { hub.tell(event.name, event.data) }
                    }
                }
            } catch {
                if isUp != false { logger.debug("a door's events broke off", metadata: ["door": "\(door.name)"]) }
            }
            guard !Task.isCancelled else { return }
            if isUp == true { tell(isUp: false) }
            isUp = false
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    private func tell(isUp: Bool) {
        hub.tell("door", #"{"door":"\#(door.name)","isUp":\#(isUp)}"#)
    }
}
