import DeviceProtocol

/// A device as clients see it.
struct DeviceForm: Encodable, Sendable {
    /// What it is doing.
    enum State: String, Encodable, Sendable { case idle, busy }

    /// Who has it and who waits.
    struct Queue: Encodable, Sendable {
        let waiting: Int
        let owner: String?
    }

    let id: String
    let kind: DeviceKind
    let name: String
    let takes: Presentation.Form
    let capabilities: [Capability]
    let isEmulated: Bool
    let state: State
    let triesLeft: Int?
    let pin: DeviceStatus.PINForm?
    let holder: String?
    let queue: Queue

    init(_ device: Board.Present) {
        let descriptor = device.descriptor
        id = descriptor.id.rawValue
        kind = descriptor.kind
        name = descriptor.name
        takes = descriptor.takes
        capabilities = descriptor.capabilities.sorted { $0.rawValue < $1.rawValue }
        isEmulated = descriptor.isEmulated
        state = device.owner == nil ? .idle : .busy
        triesLeft = device.status?.triesLeft
        pin = device.status?.pin
        holder = device.status?.holder
        queue = Queue(waiting: device.waiting, owner: device.owner)
    }
}

/// All that are attached.
struct DeviceListForm: Encodable, Sendable {
    let devices: [DeviceForm]
}
