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
    /// Keys of before; `nil` where nobody asked for them.
    let retired: [KeyReport]?
    /// Keys of before whose certificates are not on the card; `nil` where nobody asked, or there are none.
    let retiredElsewhere: RetiredElsewhere?
    let unusable: [String]
    /// What of ``unusable`` was found only when the report was made.
    let problems: [CardError]

    private enum CodingKeys: String, CodingKey {
        case reader, atr, application, family, name, confidence, inferred, label, serialNumber, manufacturer, pins, keys, retired
        case retiredElsewhere, unusable
    }

    /// Asks an open card for its number and the state of its PINs; costs no try.
    ///
    /// - Parameter withRetired: whether the keys of before are read, too.
    /// - Throws: ``CardError`` of the channel; a number or a key history that the card does not hand out is told in ``unusable``.
    init(_ application: some CardApplication, reader: String, withRetired: Bool = false) async throws(CardError) {
        var problems: [CardError] = []
        var identity = application.identity
        do throws(CardError) { identity = try await application.identified() } catch {
            guard error.concernsOneObject else { throw error }
            problems.append(error)
        }
        var history: KeyHistory?
        if withRetired {
            do throws(CardError) { history = try await application.keyHistory() } catch {
                guard error.concernsOneObject else { throw error }
                problems.append(error)
            }
        }
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
        serialNumber = identity.serialNumber.map(CertificateWords.pairs)
        manufacturer = identity.manufacturer
        self.pins = pins
        self.keys = keys
        // They want the PIN of the present keys.
        let guardian = pins.first { $0.role == CardPIN.Role.user.name }?.state
        retired = history?.keys.map { KeyReport($0, pin: $0.needsPIN ? guardian ?? .unknown : .notNeeded) }
        retiredElsewhere = history.flatMap(RetiredElsewhere.init)
        self.problems = problems
        unusable = (application.unusable + problems).map(\.description)
    }

    var text: String {
        let kind = family == application ? application : "\(family) (\(application))"
        let called = name.map { "\($0) (\(kind))" } ?? "\(kind) card"
        var lines = ["\(called.printable) in \"\(reader.printable)\"", "ATR \(atr)"]
        let details = [("label", label), ("serial", serialNumber), ("manufacturer", manufacturer)]
        lines += details.compactMap { name, text in text.map { "\(name) \($0.printable)" } }
        if !inferred.isEmpty { lines.append("inferred from sibling cards: \(inferred.joined(separator: ", "))") }
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
        if let retired, !retired.isEmpty {
            var table = Table(header: ["retired key", "role", "algorithm", "PIN"])
            table.rows = retired.map { [$0.label, $0.role, $0.algorithm, $0.pin] }
            parts.append(table.text)
        } else if retired != nil {
            parts.append("No retired keys with a certificate on the card.")
        }
        if let retiredElsewhere { parts.append(retiredElsewhere.text) }
        if !unusable.isEmpty { parts.append("Not usable:\n" + unusable.map { "  \($0.printable)" }.joined(separator: "\n")) }
        return parts.joined(separator: "\n\n")
    }
}

/// Keys of before whose certificates are not on the card, as they are printed.
struct RetiredElsewhere: Encodable {
    let count: Int
    let place: String?

    /// `nil` where there are none.
    init?(_ history: KeyHistory) {
        guard history.elsewhere > 0 else { return nil }
        count = history.elsewhere
        place = history.place
    }

    var text: String {
        let keys = count == 1 ? "1 retired key with its certificate" : "\(count) retired keys with their certificates"
        return "\(keys) elsewhere" + (place.map { ": \($0.printable)" } ?? ", the card does not say where")
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
        case .notUsable: "not usable: never set, or made invalid"
        case .unknown: "the card does not tell"
        }
    }

    var triesLeft: Int? {
        switch self {
        case .triesLeft(let tries): tries
        case .blocked: 0
        case .notNeeded, .verified, .notUsable, .unknown: nil
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
