import DeviceProtocol
public import HTTPDoor
public import Hummingbird

/// Devices that are attached now.
public struct DeviceRoutes: Sendable {
    private let feed: Feed

    /// Routes over what the Runner of this feed runs.
    public init(_ feed: Feed) { self.feed = feed }

    /// Puts them behind a door, under `/v1/devices`.
    public func add(to routes: Router<DoorContext>) {
        routes.add(.get, "v1/devices", for: .deviceUser, .observer) { _ in
            try .json(DeviceListForm(devices: feed.board.devices.map(DeviceForm.init)))
        }
        routes.add(.get, "v1/devices/:device", for: .deviceUser, .observer) { ask in
            let id = try ask.device()
            guard let device = feed.board.device(id) else {
                throw Problem(.notFound, "notFound", "no device \"\(id)\" is attached", userAction: "attach it, or look at the list")
            }
            return try .json(DeviceForm(device))
        }
    }
}
