import CardApplications
import DeviceProtocol
import ISO7816

extension DeviceID {
    /// The fingerprint of the card's authentication certificate; `nil` when the card has none.
    init?(authenticating application: any CardApplication) {
        guard let certificate = application.keys.first(where: { $0.role == .authentication })?.certificate else { return nil }
        self.init(fingerprintOf: certificate)
    }
}

extension DeviceDescriptor {
    /// What a card or stick says of itself.
    init(application: any CardApplication, reader: String, isEmulated: Bool) throws(CardError) {
        guard let id = DeviceID(authenticating: application) else {
            throw CardError(.notSupported, "a card without an authentication certificate")
        }
        let isStick = reader.contains(stickReader)
        self.init(
            id: id, kind: isStick ? .stick : .smartcard, name: "\(isStick ? "Signing stick" : "Smartcard") in \(reader)", takes: .plain,
            capabilities: [.bindsContent, .asksPIN, .signs], isEmulated: isEmulated)
    }
}

/// What the reader inside a signing stick is called (published: open-eid/chrome-token-signing, issue 113).
private let stickReader = "USB Shell Token"
