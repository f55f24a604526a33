import CardProfiles
public import ISO7816

/// The PIV card application; NIST SP 800-73-4, part 2.
public struct PIVApplication: CardApplication {
    /// As NIST abbreviates it.
    public static let name = "PIV"

    /// The keys that have a certificate, in the order of their references.
    public let keys: [CardKey]
    /// Slots whose certificate Tessera cannot use, and why.
    public let unusable: [CardError]
    /// The channel that it was opened on.
    public let channel: any CardChannel
    /// What the card is.
    public var identity: CardIdentity { CardIdentity(profile: .piv) }
    /// The application PIN and its PUK; part 1, table 2, and part 2, 2.4.3.
    public var pins: [CardPIN] { [.piv, .pivUnblocking] }

    /// Whether the answer to SELECT is PIV's: empty, or an application property template; part 2, 3.1.1, table 3.
    static func isPIV(_ answer: [UInt8]) -> Bool {
        guard !answer.isEmpty else { return true }
        return (try? TLV(parsingFirstOf: answer))?.tag == 0x61
    }

    /// Opens what a card says is PIV.
    ///
    /// Some cards answer 9000 to every SELECT: an empty answer counts only with a key behind it.
    static func open(_ selected: ApplicationKind.Selected) async throws(CardError) -> (any CardApplication)? {
        guard isPIV(selected.answer) else { return nil }
        let application = try await PIVApplication(on: selected.channel, for: selected.roles, within: selected.budget)
        return selected.answer.isEmpty && application.keys.isEmpty ? nil : application
    }

    /// Reads the certificates of a card whose PIV application is selected.
    ///
    /// - Parameters:
    ///   - roles: only keys for these are looked for; each costs one to four commands.
    ///   - budget: how long all of it may take.
    /// - Throws: ``CardError`` of the channel.
    init(on channel: any CardChannel, for roles: Set<CardKey.Role>, within budget: TimeBudget) async throws(CardError) {
        var keys: [CardKey] = []
        var unusable: [CardError] = []
        for slot in PIVSlot.allCases where roles.contains(slot.role) {
            do {
                if let key = try await Self.key(in: slot, on: channel, within: budget) { keys.append(key) }
            } catch  where error.concernsOneObject {
                unusable.append(error)
            }
        }
        self.channel = channel
        self.keys = keys
        self.unusable = unusable
    }

    /// GET DATA of a certificate (part 2, 3.1.2) and what it says of its key; `nil` for an empty slot.
    private static func key(
        in slot: PIVSlot, on channel: any CardChannel, within budget: TimeBudget
    ) async throws(CardError) -> CardKey? {
        let subject = "the certificate of \(slot.label)"
        let command = CommandAPDU(
            instruction: 0xCB, p1: 0x3F, p2: 0xFF, data: TLV(0x5C, slot.certificateTag).encoded, expectedLength: 256)
        let response = try await channel.send(command, within: budget)
        guard response.status != .fileNotFound else { return nil }
        let object = try response.orRefused(subject)
        let content = try parsing(subject) { () throws(TLVError) in
            let outer = try TLV(parsingFirstOf: object)
            guard outer.tag == 0x53 else { throw .missing(0x53) }
            return try outer.children()
        }
        guard let certificate = content.first(0x70), !certificate.isEmpty else { return nil }
        // CertInfo, bit 1: part 1, appendix A, table 39.
        guard (content.first(0x71)?.first ?? 0) & 0x01 == 0 else {
            throw CardError(.notSupported, subject, detail: "it is compressed with gzip")
        }
        guard let parsed = CertificateKey(parsing: certificate) else {
            throw CardError(.malformedAnswer, subject, detail: "it is not X.509 in DER")
        }
        guard let algorithm = parsed.algorithm else {
            throw CardError(.notSupported, subject, detail: "its key is neither RSA nor on P-256 or P-384")
        }
        return CardKey(
            id: [slot.rawValue], label: slot.label, role: slot.role, algorithm: algorithm, certificate: certificate,
            needsPIN: slot.needsPIN, needsPINForEachSignature: slot.needsPINForEachSignature)
    }

    /// The application PIN, for every key but that of card authentication.
    ///
    /// - Throws: ``CardError/Code/notSupported`` for a key of another card.
    public func pin(for key: CardKey) throws(CardError) -> CardPIN? { try slot(of: key).needsPIN ? .piv : nil }

    /// SELECT, and nothing more.
    ///
    /// - Throws: ``CardError``.
    public func resumed(on channel: any CardChannel) async throws(CardError) -> PIVApplication {
        let application = CardProfile.piv.applicationID.value
        _ = try await channel.select(application: application, within: TimeBudget(.seconds(60))).orRefused("the PIV application")
        return PIVApplication(keys: keys, unusable: unusable, channel: channel)
    }

    private init(keys: [CardKey], unusable: [CardError], channel: any CardChannel) {
        self.keys = keys
        self.unusable = unusable
        self.channel = channel
    }

    /// GENERAL AUTHENTICATE over the padded digest (RSA 2048) or the digest (ECC); part 2, appendix A.3.
    ///
    /// - Throws: ``CardError``.
    public func sign(digest: [UInt8], with key: CardKey) async throws(CardError) -> [UInt8] {
        let slot = try slot(of: key)
        let input = try SignatureInput(digest, for: key)
        // Algorithm identifiers: NIST SP 800-78-4, table 6-2.
        switch key.algorithm {
        case .rsa(bits: 2048):
            let signature = try await generalAuthenticate(slot, algorithm: 0x07, challenge: input.paddedFor2048Bits)
            guard signature.count == 256 else {
                throw CardError(.malformedAnswer, Self.subject(slot), detail: "\(signature.count) bytes are no RSA 2048 signature")
            }
            return signature
        case .rsa: throw CardError(.notSupported, "\(key.algorithm) in PIV")
        case .p256:
            let signature = try await generalAuthenticate(slot, algorithm: 0x11, challenge: input.digest)
            return try ECDSASignature.der(from: signature, scalarBytes: 32, subject: Self.subject(slot))
        case .p384:
            let signature = try await generalAuthenticate(slot, algorithm: 0x14, challenge: input.digest)
            return try ECDSASignature.der(from: signature, scalarBytes: 48, subject: Self.subject(slot))
        }
    }

    /// GENERAL AUTHENTICATE: a challenge (tag 81) for a response (tag 82); part 2, 3.2.4 and appendix A.3.
    private func generalAuthenticate(_ slot: PIVSlot, algorithm: UInt8, challenge: [UInt8]) async throws(CardError) -> [UInt8] {
        let template = TLV(0x7C, containing: [TLV(0x82, []), TLV(0x81, challenge)])
        let command = CommandAPDU(instruction: 0x87, p1: algorithm, p2: slot.rawValue, data: template.encoded, expectedLength: 256)
        let answer = try await channel.send(command, mayRepeat: false).orRefused(Self.subject(slot))
        return try parsing(Self.subject(slot)) { () throws(TLVError) in
            let outer = try TLV(parsingFirstOf: answer)
            guard outer.tag == 0x7C else { throw .missing(0x7C) }
            return try outer.children().required(0x82)
        }
    }

    private static func subject(_ slot: PIVSlot) -> String { "a signature with \(slot.label)" }

    private func slot(of key: CardKey) throws(CardError) -> PIVSlot {
        guard keys.contains(key), let slot = key.id.first.flatMap(PIVSlot.init) else {
            throw CardError(.notSupported, "key \"\(key.label)\", which this card does not have")
        }
        return slot
    }
}
