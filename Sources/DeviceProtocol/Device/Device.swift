/// The upper joint: a presentation in, a response out.
///
/// A driver and an emulator both offer it; nothing above knows which answered.
public protocol Device: Sendable {
    /// What it is and what it can do.
    var descriptor: DeviceDescriptor { get }

    /// Turns a presentation into a response, asking `holder` for consent and PIN.
    ///
    /// Where there is a PIN, entering it is the consent. Nothing that counts is ever repeated by itself: neither a PIN nor a
    /// signature.
    ///
    /// - Throws: ``DeviceError``; ``DeviceError/Code/notSupported`` for a form that it does not take;
    ///   ``DeviceError/Code/indeterminate`` when nobody can tell whether it answered.
    func respond(to presentation: Presentation, with holder: some Holder) async throws(DeviceError) -> Response
}

/// Where devices come from: attached, emulated, or both.
public protocol DeviceSource: Sendable {
    /// The devices that are there now.
    ///
    /// - Throws: ``DeviceError``, e.g. when the PC/SC daemon is absent.
    func devices() async throws(DeviceError) -> [any Device]

    /// Coming and going from now on, those already there first; it ends when its consumer stops.
    func events() -> AsyncStream<DeviceEvent>
}

/// A device came or went.
public enum DeviceEvent: Sendable {
    /// It can be used.
    case arrived(any Device)
    /// It is gone.
    case left(DeviceID)
}
