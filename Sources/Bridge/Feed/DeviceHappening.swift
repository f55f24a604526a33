import DeviceProtocol
import HTTPDoor
import NIOCore
import Verification

/// Something that happened to a device, or between it and its person.
struct DeviceHappening: Encodable, Sendable {
    /// What.
    enum Kind: String, Encodable, Sendable { case arrived, left, prompt, queue }

    let kind: Kind
    let device: DeviceID
    var description: DeviceForm?
    var operation: ChallengeID?
    var prompt: PromptForm?
    var queue: DeviceForm.Queue?
    /// Whoever waits for one of these looks at it again; clients are not told of them here, since a login of nobody has none.
    var about: [ChallengeID] = []

    init(_ kind: Kind, _ device: DeviceID) {
        self.kind = kind
        self.device = device
    }

    private enum CodingKeys: String, CodingKey { case kind, id, device, operation, prompt, queue }

    /// Writes the members that this kind has; a prompt that is over is `null`.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind, forKey: .kind)
        try container.encode(device.rawValue, forKey: .id)
        try container.encodeIfPresent(description, forKey: .device)
        try container.encodeIfPresent(operation?.description, forKey: .operation)
        if kind == .prompt { try container.encode(prompt, forKey: .prompt) }
        try container.encodeIfPresent(queue, forKey: .queue)
    }

    func line() throws -> ByteBuffer { try JSON.buffer(self) }
}
