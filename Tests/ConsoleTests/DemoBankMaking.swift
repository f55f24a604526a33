import AsyncHTTPClient
import Foundation
import Logging

@testable import Console

extension DemoBank {
    /// A bank of which both doors are this one.
    init(at door: StubDoor) {
        let client = DoorClient(name: "the door", socket: door.socket, http: HTTPClient.shared, logger: Logger(label: "console"))
        self.init(
            bridge: client, emulators: client, hub: EventHub(run: "a"), book: .standard(), jobs: Jobs(),
            now: { Date(timeIntervalSince1970: 1_800_000_000) })
    }
}
