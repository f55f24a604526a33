public import DeviceProtocol
public import Verification

/// Who is asked when an attached device wants a person: pinentry, a terminal, or an emulated person.
public protocol HolderSource: Sendable {
    /// The person for one operation on one device.
    ///
    /// - Parameter operation: what is answered; `nil` for a login, whose answer is taken and not submitted.
    func holder(for operation: Operation?, on device: DeviceDescriptor) -> any Holder
}
