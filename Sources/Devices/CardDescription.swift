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
        self.init(
            id: id, kind: reader.contains(stickReader) ? .stick : .smartcard, name: Self.name(in: reader), takes: .plain,
            capabilities: [.bindsContent, .asksPIN, .signs], isEmulated: isEmulated)
    }

    /// What a person calls the card in `reader`, or the stick that `reader` belongs to.
    static func name(in reader: String) -> String { "\(reader.contains(stickReader) ? "Signing stick" : "Smartcard") in \(reader)" }
}

/// What the reader inside a signing stick is called (published: open-eid/chrome-token-signing, issue 113).
private let stickReader = "USB Shell Token"
