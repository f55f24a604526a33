import DeviceProtocol
import HTTPDoor
import HTTPTypes
import Verification

/// What a client asks for: `{"subscriber", "device", "content", "timeToLive"?, "role"?, "lease"?}`.
struct OperationRequest: Decodable {
    let subscriber: SubscriberID
    let device: DeviceID
    let content: Challenge.Content
    let timeToLive: Int
    let role: SignerRole?
    /// How long the client may be silent while it waits for an attached device, in seconds.
    let lease: Int?

    private enum Key: String, CodingKey, CaseIterable { case subscriber, device, content, timeToLive, role, lease }

    init(from decoder: any Decoder) throws {
        let members = try Members<Key>(decoder)
        guard let subscriber = SubscriberID(rawValue: try members.text(.subscriber)) else {
            throw Problem.invalidRequest("\(members.path("subscriber")) is not 1 to 64 printable ASCII characters without spaces")
        }
        guard let device = DeviceID(rawValue: try members.text(.device)) else {
            throw Problem.invalidRequest("\(members.path("device")) is not 1 to 64 printable ASCII characters without spaces")
        }
        self.subscriber = subscriber
        self.device = device
        content = try members.value(ContentForm.self, .content).content
        timeToLive = try members.optional(Int.self, .timeToLive) ?? 120
        role = try members.optional(RoleForm.self, .role)?.role
        lease = try members.optional(Int.self, .lease)
        guard lease.map((1...3_600).contains) ?? true else {
            throw Problem.invalidRequest("\(members.path("lease")) is not 1 to 3600 seconds")
        }
    }
}

/// What somebody signs as, where several must: `{"rule", "role", "number", "of"}`.
private struct RoleForm: Decodable {
    let role: SignerRole

    private enum Key: String, CodingKey, CaseIterable { case rule, role, number, of }

    init(from decoder: any Decoder) throws {
        let members = try Members<Key>(decoder)
        let (rule, name) = (try members.text(.rule), try members.text(.role))
        let (number, count) = (try members.value(Int.self, .number), try members.value(Int.self, .of))
        role = try members.check { () throws(ContentError) in try SignerRole(rule: rule, role: name, number: number, of: count) }
    }
}

/// What a client says who lets an operation wait for its attached device: `{"lease"?}`.
struct AttachRequest: Decodable {
    let lease: Int?

    private enum Key: String, CodingKey, CaseIterable { case lease }

    init(from decoder: any Decoder) throws {
        let members = try Members<Key>(decoder)
        lease = try members.optional(Int.self, .lease)
        guard lease.map((1...3_600).contains) ?? true else {
            throw Problem.invalidRequest("\(members.path("lease")) is not 1 to 3600 seconds")
        }
    }
}
