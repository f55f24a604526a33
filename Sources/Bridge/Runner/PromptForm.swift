import DeviceProtocol

/// What a person is asked to do, as clients are told of it.
struct PromptForm: Hashable, Sendable, Encodable {
    /// The kinds that an attached device has.
    enum Kind: String, Sendable, Encodable { case enterPIN, enterPINOnPinpad, confirmOnDevice, insertCard }

    let kind: Kind
    /// What the person knows it by: a device or a reader.
    let device: String
    var triesLeft: Int?
    var previousWasWrong: Bool?

    init(_ kind: Kind, _ device: String) {
        self.kind = kind
        self.device = device
    }

    init(_ kind: Kind, _ request: PINRequest) {
        self.init(kind, request.device)
        triesLeft = request.triesLeft
        previousWasWrong = request.previousWasWrong
    }

    /// What was shown on a device.
    init(_ prompt: Prompt, on device: String) {
        switch prompt {
        case .insertCard(let reader): self.init(.insertCard, reader)
        case .enterPINOnPinpad(let request): self.init(.enterPINOnPinpad, request)
        case .confirmOnDevice: self.init(.confirmOnDevice, device)
        }
    }
}
