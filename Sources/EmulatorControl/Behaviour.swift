/// What the emulated person does when a device asks them.
public enum Behaviour: String, Sendable, Codable, CaseIterable {
    /// Agrees, and types the right PIN.
    case respond
    /// Says no.
    case decline
    /// Waits for who turns to the device: keys pressed through the control, or the deadline.
    case wait
    /// Agrees, and types a PIN that is wrong.
    case wrongPIN
}
