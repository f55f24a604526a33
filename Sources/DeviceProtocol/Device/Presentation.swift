/// A challenge in the one form that a device can take.
///
/// The bank's side makes it, because it holds the device's keys. A device answers any other form with
/// ``DeviceError/Code/notSupported``, so that an emulated Scan cannot skip the seal.
public enum Presentation: Sendable {
    /// The forms, as a ``DeviceDescriptor`` names the one it takes.
    public enum Form: String, Sendable, Codable, CaseIterable {
        /// Nothing at all: the device knows only the time.
        case nothing
        /// The text of a QR code, sealed to this device.
        case sealed
        /// The challenge itself.
        case plain
    }

    /// For a Token, which is shown nothing.
    case nothing
    /// For a Scan or phone: the text of the QR code, `SC1:` and Base45.
    case sealed(String)
    /// For a card, stick or identity card: the challenge itself.
    case plain(Challenge)

    /// Which form this is.
    public var form: Form {
        switch self {
        case .nothing: .nothing
        case .sealed: .sealed
        case .plain: .plain
        }
    }
}
