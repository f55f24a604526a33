import Foundation
import HTTPDoor
import HTTPTypes
import Synchronization

/// Keeps the bridge waiting for people at readers, as long as a page is open that shows what is asked; then the device is freed.
final class Leases: Sendable {
    private let bridge: DoorClient
    private let hub: EventHub
    private let waiting = Mutex<Set<String>>([])

    init(bridge: DoorClient, hub: EventHub) {
        self.bridge = bridge
        self.hub = hub
    }

    /// Takes note of an operation that waits for an attached device, or does not any more.
    func hear(_ event: EventLines.Event) {
        guard event.name == "operation", let json = try? JSONDecoder().decode(JSONValue.self, from: Data(event.data.utf8)),
            let id = json["id"]?.text
        else { return }
        let waits = json["state"] == "pending" && json["isAttached"] == .bool(true)
        waiting.withLock { waiting in
            if waits { waiting.insert(id) } else { waiting.remove(id) }
        }
    }

    /// Renews until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(10))
            guard hub.isHeard else { continue }
            for id in waiting.withLock({ $0 }) {
                do throws(Problem) { _ = try await bridge.ask(.post, ["operations", id, "lease"]) } catch {
                    // Over, or of another run: it is not ours to keep.
                    if (400...499).contains(error.status.code) { waiting.withLock { _ = $0.remove(id) } }
                }
            }
        }
    }
}
