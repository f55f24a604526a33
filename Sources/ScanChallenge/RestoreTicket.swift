public import DeviceProtocol

/// What a phone's backup consists of: it names the phone and proves nothing but that the backup was switched on there.
///
/// It holds no keys. Restoring is online: the issuer enrols new keys and revokes the old phone.
public struct RestoreTicket: Hashable, Sendable, Codable {
    /// The phone whose place another one may take.
    public let device: DeviceID
    /// 16 random bytes; the issuer keeps their hash.
    public let secret: [UInt8]

    /// Draws a ticket.
    public init(device: DeviceID, using generator: inout some RandomNumberGenerator) {
        self.device = device
        secret = ChallengeID(using: &generator).bytes
    }
}

extension RestoreTicket: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The phone alone.
    public var description: String { "restore ticket of \(device)" }
    /// The phone alone.
    public var debugDescription: String { description }
    /// The phone alone.
    public var customMirror: Mirror { Mirror(self, children: ["device": device.rawValue]) }
}
