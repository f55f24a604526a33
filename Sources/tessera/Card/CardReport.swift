import CardApplications
import CardProfiles
import DeviceProtocol
import ISO7816

/// A card, as it is printed.
struct CardReport: Encodable {
    let reader: String
    let atr: String
    let application: String
    let family: String
    /// What its certificates' issuer calls such cards; `nil` where no issuer that is known of this family issued them.
    let name: String?
    /// How well the least certain fact about the family is known: stated, published or inferred.
    let confidence: String
    /// The facts that are inferred.
    let inferred: [String]
    let label: String?
    let serialNumber: String?
    let manufacturer: String?
    let pins: [PINReport]
    let keys: [KeyReport]
    let unusable: [String]

    /// Asks an open card for the state of its PINs; costs no try.
    init(_ application: some CardApplication, reader: String) async throws(CardError) {
        let identity = try await application.identified()
        var pins: [PINReport] = []
        for pin in application.pins { pins.append(PINReport(pin, state: try await application.state(of: pin))) }
        var keys: [KeyReport] = []
        for key in application.keys {
            let guardian = try application.pin(for: key)
            let known = pins.first { $0.reference == guardian?.id }
            let state = if let known { known.state } else { try await application.pinState(for: key) }
            keys.append(KeyReport(key, pin: state))
        }
        self.reader = reader
        atr = application.channel.atr.description
        self.application = application.name
        family = identity.profile.family
        confidence = identity.confidence.rawValue
        name = identity.issuedName
        inferred = identity.profile.inferredFacts
        label = identity.label
        serialNumber = identity.serialNumber.map(CertificateReport.pairs)
        manufacturer = identity.manufacturer
        self.pins = pins
        self.keys = keys
        unusable = application.unusable.map(\.description)
    }

    var text: String {
        let kind = family == application ? application : "\(family) (\(application))"
        let called = name.map { "\($0) (\(kind))" } ?? "\(kind) card"
        var lines = ["\(called.printable) in \"\(reader.printable)\"", "ATR \(atr)"]
        let details = [("label", label), ("serial", serialNumber), ("manufacturer", manufacturer)]
        lines += details.compactMap { name, text in text.map { "\(name) \($0.printable)" } }
        if !inferred.isEmpty { lines.append("inferred, never seen on a real card: \(inferred.joined(separator: ", "))") }
        var parts = [lines.joined(separator: "\n")]
        if !pins.isEmpty {
            var table = Table(header: ["PIN", "for", "state"])
            table.rows = pins.map { [$0.label, $0.role, $0.telling] }
            parts.append(table.text)
        }
        if keys.isEmpty {
            parts.append("No keys with a certificate.")
        } else {
            var table = Table(header: ["key", "role", "algorithm", "PIN"])
            table.rows = keys.map { [$0.label, $0.role, $0.algorithm, $0.pin] }
            parts.append(table.text)
        }
        if !unusable.isEmpty { parts.append("Not usable:\n" + unusable.map { "  \($0.printable)" }.joined(separator: "\n")) }
        return parts.joined(separator: "\n\n")
    }
}

/// A PIN or PUK, as it is printed.
struct PINReport: Encodable {
    let label: String
    let role: String
    let triesLeft: Int?
    let telling: String
    let reference: UInt8
    let state: PINState
    /// What to do once it is blocked.
    let hintWhenBlocked: String

    private enum CodingKeys: String, CodingKey { case label, role, triesLeft, telling = "state" }

    init(_ pin: CardPIN, state: PINState) {
        label = pin.label
        role = pin.role.name
        triesLeft = state.triesLeft
        telling = state.telling
        reference = pin.id
        self.state = state
        hintWhenBlocked =
            switch pin.role {
            case .unblocking, .administrator: DeviceError(.pukBlocked, "").hint
            default: pin.unblocking == nil ? "ask who issued the card: no PUK is known for it" : UsualReason.pinBlocked.hint
            }
    }
}

/// A key, as it is printed.
struct KeyReport: Encodable {
    let label: String
    let role: String
    let algorithm: String
    let pin: String
    let triesLeft: Int?

    init(_ key: CardKey, pin state: PINState) {
        label = key.label
        role = key.role.name
        algorithm = key.algorithm.description
        pin = state.telling
        triesLeft = state.triesLeft
    }
}

extension PINState {
    /// What a person reads.
    var telling: String {
        switch self {
        case .notNeeded: "not needed"
        case .verified: "verified"
        case .triesLeft(let tries): "\(tries) \(tries == 1 ? "try" : "tries") left"
        case .blocked: "blocked"
        case .unknown: "the card does not tell"
        }
    }

    var triesLeft: Int? {
        switch self {
        case .triesLeft(let tries): tries
        case .blocked: 0
        case .notNeeded, .verified, .unknown: nil
        }
    }
}

extension CardPIN.Role {
    /// What a person calls it.
    var name: String {
        switch self {
        case .user: "keys"
        case .signature: "signatures"
        case .unblocking: "unblocking"
        case .administrator: "the issuer"
        }
    }
}

extension CardKey.Role {
    /// What a person calls it.
    var name: String {
        switch self {
        case .authentication: "authentication"
        case .signature: "signature"
        case .decryption: "decryption"
        case .cardAuthentication: "card authentication"
        case .other: "other"
        }
    }
}
