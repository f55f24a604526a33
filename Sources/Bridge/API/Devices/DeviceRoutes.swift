import DeviceProtocol
public import HTTPDoor
import HTTPTypes
public import Hummingbird

/// Devices that are attached now.
public struct DeviceRoutes: Sendable {
    private let feed: Feed

    /// Routes over what the Runner of this feed runs.
    public init(_ feed: Feed) { self.feed = feed }

    /// Puts them behind a door, under `/v1/devices`.
    public func add(to routes: Router<DoorContext>) {
        let group = routes.group("v1/devices")
        group.get { _, context in
            try context.caller.require(.deviceUser, .observer)
            return try Response.json(DeviceListForm(devices: feed.board.devices.map(DeviceForm.init)))
        }
        group.get(":id") { _, context in
            try context.caller.require(.deviceUser, .observer)
            let name = context.parameters.get("id") ?? ""
            guard let id = DeviceID(rawValue: name), let device = feed.board.device(id) else {
                throw Problem(
                    .notFound, "notFound", "no device \"\(name.prefix(64))\" is attached", userAction: "attach it, or look at the list")
            }
            return try Response.json(DeviceForm(device))
        }
    }
}
