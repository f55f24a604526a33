import CardProfiles
public import ISO7816

/// The OpenPGP card application, as an X.509 host uses it; OpenPGP card 3.4.1.
///
/// A key without a cardholder certificate says nothing of its holder: it is no ``CardKey``, and since many such cards have
/// none at all, ``unusable`` says so.
public struct OpenPGPApplication: CardApplication {
    /// As its specification calls it.
    public static let name = "OpenPGP"

    /// The keys with a certificate, in the specification's order: SIG, DEC, AUT.
    public let keys: [CardKey]
    /// Keys without a certificate, of a kind that Tessera does not know, or behind a PIN that it cannot send.
    public let unusable: [CardError]
    /// What the card is; its serial number begins with the manufacturer's.
    public let identity: CardIdentity
    /// The channel that it was opened on.
    public let channel: any CardChannel
    private let passwords: OpenPGPPINs?

    /// PW1 under both of its references, the resetting code where one is set, and PW3.
    ///
    /// Empty for a card that wants them hashed or as PIN blocks: sent as typed they would be wrong, and cost tries.
    public var pins: [CardPIN] { passwords?.all ?? [] }

    /// Opens what a card says is OpenPGP; one without application related data is not, whatever it answered to SELECT.
    static func open(_ selected: ApplicationKind.Selected) async throws(CardError) -> (any CardApplication)? {
        do throws(CardError) {
            return try await OpenPGPApplication(on: selected.channel, for: selected.roles, within: selected.budget)
        } catch  where error.concernsOneObject {
            return nil
        }
    }

    /// Reads the data of a card whose OpenPGP application is selected.
    ///
    /// - Parameters:
    ///   - roles: only keys for these are looked for; each costs two to four commands.
    ///   - budget: how long all of it may take.
    /// - Throws: ``CardError`` of the channel, or when the card has no application related data.
    init(on channel: any CardChannel, for roles: Set<CardKey.Role>, within budget: TimeBudget) async throws(CardError) {
        let answer = try await channel.data(0x6E, within: budget).orRefused("the application related data")
        let data = try parsing("the application related data") { () throws(TLVError) in try OpenPGPData(parsing: answer) }
        let obstacle = try await Self.obstacle(to: data, on: channel, within: budget)
        var keys: [CardKey] = []
        var unusable: [CardError] = []
        for slot in OpenPGPSlot.allCases where roles.contains(slot.role) {
            do throws(CardError) {
                guard let key = try await Self.key(in: slot, of: data, on: channel, within: budget) else { continue }
                if let obstacle { throw CardError(.notSupported, slot.label, detail: obstacle) }
                keys.append(key)
            } catch  where error.concernsOneObject {
                unusable.append(error)
            }
        }
        self.channel = channel
        self.keys = keys
        self.unusable = unusable
        identity = CardIdentity(profile: .openPGP, serialNumber: data.serialNumber)
        passwords = obstacle == nil ? OpenPGPPINs(data.passwords) : nil
    }

    /// Why the passwords cannot be sent as they are typed; `nil` when they can.
    private static func obstacle(
        to data: OpenPGPData, on channel: any CardChannel, within budget: TimeBudget
    ) async throws(CardError) -> String? {
        if data.passwords.usesPINBlocks { return "its PIN travels as a PIN block" }
        guard data.mayDerivePasswords else { return nil }
        // Key derivation function (tag F9): absent, or `81 01 00`, where none is in use; 4.3.2.
        let answer = try await channel.data(0xF9, within: budget)
        guard answer.status == .success, !answer.data.isEmpty else { return nil }
        var objects = (try? TLV.series(parsing: answer.data)) ?? []
        if let template = objects.first, template.tag == 0xF9 { objects = (try? template.children()) ?? [] }
        return objects.first(0x81) == [0x00] ? nil : "the card wants its PIN hashed by the host"
    }

    /// The key of a slot; `nil` for an empty one.
    private static func key(
        in slot: OpenPGPSlot, of data: OpenPGPData, on channel: any CardChannel, within budget: TimeBudget
    ) async throws(CardError) -> CardKey? {
        let subject = "the certificate of \(slot.label)"
        guard let content = try await certificate(of: slot, of: data, on: channel, within: budget) else {
            guard data.hasKey(in: slot) else { return nil }
            _ = try data.algorithm(of: slot)
            throw CardError(.notSupported, slot.label, detail: "the card has no certificate for it")
        }
        let algorithm = try data.algorithm(of: slot)
        let certificate = try parsing(subject) { () throws(TLVError) in try TLV(parsingFirstOf: content).encoded }
        guard let parsed = CertificateKey(parsing: certificate) else {
            throw CardError(.malformedAnswer, subject, detail: "it is not X.509 in DER")
        }
        // The card says which mechanism it applies; a certificate of another key in this place would verify nothing.
        guard parsed.algorithm == algorithm else {
            throw CardError(.notSupported, subject, detail: "it is not for the \(algorithm) key of the card")
        }
        return CardKey(
            id: [slot.rawValue], label: slot.label, role: slot.role, algorithm: algorithm, certificate: certificate,
            needsPINForEachSignature: slot == .signature && !data.passwords.isValidForSeveral)
    }

    /// SELECT DATA of the slot's cardholder certificate, and GET DATA of it; 7.2.5 and 7.2.6.
    ///
    /// Before version 3 there is one certificate only, for authentication, and no SELECT DATA.
    private static func certificate(
        of slot: OpenPGPSlot, of data: OpenPGPData, on channel: any CardChannel, within budget: TimeBudget
    ) async throws(CardError) -> [UInt8]? {
        var isSelected = false
        if data.majorVersion >= 3 {
            let select = CommandAPDU(
                instruction: 0xA5, p1: slot.certificateOccurrence, p2: 0x04, data: TLV(0x60, TLV(0x5C, [0x7F, 0x21]).encoded).encoded)
            isSelected = try await channel.send(select, within: budget).status == .success
        }
        guard isSelected || slot.certificateOccurrence == 0 else { return nil }
        let response = try await channel.data(0x7F21, within: budget)
        guard response.status != .referencedDataNotFound, response.status != .fileNotFound else { return nil }
        let content = try response.orRefused("the certificate of \(slot.label)")
        return content.isEmpty ? nil : content
    }

    /// PW1, as `81` for the signature key and as `82` for the others.
    ///
    /// - Throws: ``CardError/Code/notSupported`` for a key of another card.
    public func pin(for key: CardKey) throws(CardError) -> CardPIN? {
        try slot(of: key) == .signature ? passwords?.signature : passwords?.other
    }

    /// SELECT, and nothing more.
    ///
    /// - Throws: ``CardError``.
    public func resumed(on channel: any CardChannel) async throws(CardError) -> OpenPGPApplication {
        try await channel.reselect(application: CardProfile.openPGP.applicationID.value, named: "the OpenPGP application")
        return OpenPGPApplication(self, on: channel)
    }

    private init(_ known: OpenPGPApplication, on channel: any CardChannel) {
        keys = known.keys
        unusable = known.unusable
        identity = known.identity
        passwords = known.passwords
        self.channel = channel
    }

    /// PSO: COMPUTE DIGITAL SIGNATURE with the signature key (7.2.10), INTERNAL AUTHENTICATE with the authentication key (7.2.13).
    ///
    /// RSA takes a DigestInfo and pads it, ECDSA takes the digest; the decryption key has no command that signs.
    public func sign(digest: [UInt8], with key: CardKey) async throws(CardError) -> [UInt8] {
        let slot = try slot(of: key)
        let input = try SignatureInput(digest, for: key)
        let subject = "a signature with \(slot.label)"
        let data: [UInt8]
        switch key.algorithm {
        case .rsa: data = input.digestInfo
        case .p256, .p384, .ed25519, .x25519: data = input.digest
        }
        let command: CommandAPDU
        switch slot {
        case .signature: command = CommandAPDU(instruction: 0x2A, p1: 0x9E, p2: 0x9A, data: data, expectedLength: 256)
        case .authentication: command = CommandAPDU(instruction: 0x88, data: data, expectedLength: 256)
        case .decryption: throw CardError(.notSupported, subject, detail: "it decrypts only")
        }
        let signature = try await channel.send(command, mayRepeat: false).orRefused(subject)
        switch key.algorithm {
        case .rsa(let bits):
            guard signature.count * 8 == bits else {
                throw CardError(.malformedAnswer, subject, detail: "\(signature.count) bytes are no \(key.algorithm) signature")
            }
            return signature
        case .p256: return try ECDSASignature.der(from: signature, scalarBytes: 32, subject: subject)
        case .p384: return try ECDSASignature.der(from: signature, scalarBytes: 48, subject: subject)
        case .ed25519, .x25519: throw CardError(.notSupported, subject)
        }
    }

    private func slot(of key: CardKey) throws(CardError) -> OpenPGPSlot {
        guard keys.contains(key), let slot = key.id.first.flatMap(OpenPGPSlot.init) else {
            throw CardError(.notSupported, "key \"\(key.label)\", which this card does not have")
        }
        return slot
    }
}
