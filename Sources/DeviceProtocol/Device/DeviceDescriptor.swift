/// What a device says of itself.
public struct DeviceDescriptor: Hashable, Sendable, Codable {
    /// Its name for ever.
    public let id: DeviceID
    /// What it is.
    public let kind: DeviceKind
    /// What a person calls it: a product, a reader.
    public let name: String
    /// The one form of a challenge that it takes.
    public let takes: Presentation.Form
    /// What it can do.
    public let capabilities: Set<Capability>
    /// Whether it is a program.
    ///
    /// Evidence says so too, and a production store refuses it.
    public let isEmulated: Bool

    /// A description.
    public init(id: DeviceID, kind: DeviceKind, name: String, takes: Presentation.Form, capabilities: Set<Capability>, isEmulated: Bool) {
        self.id = id
        self.kind = kind
        self.name = name
        self.takes = takes
        self.capabilities = capabilities
        self.isEmulated = isEmulated
    }
}

/// The kinds of device.
public enum DeviceKind: String, Sendable, Codable, CaseIterable {
    /// A key fob with a button and a display: a time-based code.
    case token
    /// A hand-held camera with a display: reads a QR code, shows the operation, gives a code.
    case scan
    /// A phone that does what a Scan does.
    case mobile
    /// A card in a reader.
    case smartcard
    /// Reader and card in one USB stick.
    case stick
    /// A contactless identity card.
    case identityCard
}

/// What a device can do.
public enum Capability: String, Sendable, Codable, CaseIterable {
    /// Shows the operation by itself, outside the reach of the computer.
    case displaysOperation
    /// Its answer depends on the operation's content.
    case bindsContent
    /// Wants a PIN.
    case asksPIN
    /// Answers with a signature and certificates.
    case signs
}
