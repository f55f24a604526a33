import CardProfiles
public import ISO7816

/// A card with cryptographic information in files; ISO/IEC 7816-15.
///
/// The standard says what is there, not how to sign with it: that is the card's ``CardProfiles/SigningDialect``, and a card
/// whose dialect is not known can be read but does not sign.
public struct PKCS15Application: CardApplication {
    /// As people call it; the standard calls it the cryptographic information application.
    public static let name = "PKCS#15"

    /// What belongs to a key beyond what its user sees.
    private struct Entry {
        let key: CardKey
        let onCard: PKCS15PrivateKey
        let pin: CardPIN?
    }

    /// Objects of the card that Tessera cannot use, and why.
    public let unusable: [CardError]
    /// What the card is.
    public let identity: CardIdentity
    /// The PINs of the AODF that travel as text.
    public let pins: [CardPIN]
    private let entries: [Entry]
    private let files: PKCS15Files
    private let dialect: SigningDialect?

    /// The keys that have a certificate, in the order of the PrKDF.
    public var keys: [CardKey] { entries.map(\.key) }
    /// The channel that it was opened on.
    public var channel: any CardChannel { files.channel }

    /// Opens what a card says is PKCS#15.
    static func open(_ selected: ApplicationKind.Selected) async throws(CardError) -> (any CardApplication)? {
        try await PKCS15Application(on: selected.channel, as: selected.profile, for: selected.roles, within: selected.budget)
    }

    /// Reads the files of a card whose application is selected.
    ///
    /// - Parameters:
    ///   - profile: the family whose AID the card answered to.
    ///   - roles: only keys for these are kept; certificates tell roles, so all are read.
    ///   - budget: how long all of it may take.
    /// - Throws: ``CardError`` of the channel, or when the card has no object directory.
    init(on channel: any CardChannel, as profile: CardProfile, for roles: Set<CardKey.Role>, within budget: TimeBudget)
        async throws(CardError)
    {
        files = PKCS15Files(channel: channel, budget: budget)
        let contents = try await PKCS15Contents(of: CardProfile.pkcs15.applicationID.value, in: files)
        var unusable = contents.unusable
        var entries: [Entry] = []
        for onCard in contents.privateKeys {
            do {
                guard let entry = try await Self.entry(for: onCard, in: contents, files), roles.contains(entry.key.role) else { continue }
                entries.append(entry)
            } catch  where error.concernsOneObject {
                unusable.append(error)
            }
        }
        self.unusable = unusable
        self.entries = entries
        identity = CardIdentity(profile: profile, manufacturer: contents.manufacturer)
        pins = contents.pins.filter(\.isText).map(\.pin)
        dialect = Self.dialect(for: profile, manufacturer: contents.manufacturer)
    }

    /// The dialect of the profile that AID and TokenInfo agree on.
    private static func dialect(for profile: CardProfile, manufacturer: String?) -> SigningDialect? {
        CardProfile.all.first {
            $0.signing != nil && $0.applicationID.value == profile.applicationID.value
                && ($0.manufacturer == nil || $0.manufacturer == manufacturer)
        }?.signing?.value
    }

    /// Joins a key with its certificate and its PIN; `nil` for a key without certificate.
    private static func entry(
        for onCard: PKCS15PrivateKey, in contents: PKCS15Contents, _ files: PKCS15Files
    ) async throws(CardError) -> Entry? {
        guard let path = contents.certificates.first(where: { $0.id == onCard.id })?.path else { return nil }
        let label = onCard.object.label.isEmpty ? "key \(onCard.id.hexadecimal)" : onCard.object.label
        let subject = "the certificate of \"\(label)\""
        // What lies behind the certificate in its file is padding.
        let file = try await files.content(of: path)
        let certificate = try parsing(subject) { () throws(TLVError) in try TLV(parsingFirstOf: file).encoded }
        guard let parsed = CertificateKey(parsing: certificate) else {
            throw CardError(.malformedAnswer, subject, detail: "it is not X.509 in DER")
        }
        guard let algorithm = parsed.algorithm else {
            throw CardError(.notSupported, subject, detail: "its key is neither RSA nor on P-256 or P-384")
        }
        var pin: CardPIN?
        if let id = onCard.object.authenticationID {
            guard let found = contents.pins.first(where: { $0.authenticationID == id }) else {
                throw CardError(.malformedAnswer, "key \"\(label)\"", detail: "its PIN \(id.hexadecimal) is not on the card")
            }
            // Sent as typed it would be another PIN to the card, and cost tries.
            guard found.isText else {
                throw CardError(.notSupported, "key \"\(label)\"", detail: "its PIN \(id.hexadecimal) does not travel as text")
            }
            pin = found.pin
        }
        let key = CardKey(
            id: onCard.id, label: label, role: parsed.role ?? onCard.role, algorithm: algorithm, certificate: certificate,
            needsPIN: pin != nil, needsPINForEachSignature: onCard.object.wantsConsent)
        return Entry(key: key, onCard: onCard, pin: pin)
    }

    /// The PIN that the AODF ties to `key`.
    ///
    /// - Throws: ``CardError/Code/notSupported`` for a key of another card.
    public func pin(for key: CardKey) throws(CardError) -> CardPIN? { try entry(of: key).pin }

    /// SELECT, and nothing more.
    ///
    /// - Throws: ``CardError``.
    public func resumed(on channel: any CardChannel) async throws(CardError) -> PKCS15Application {
        let application = identity.profile.applicationID.value
        let budget = TimeBudget(.seconds(60))
        _ = try await channel.select(application: application, within: budget).orRefused("the PKCS#15 application")
        return PKCS15Application(self, files: PKCS15Files(channel: channel, budget: budget))
    }

    private init(_ known: PKCS15Application, files: PKCS15Files) {
        unusable = known.unusable
        identity = known.identity
        pins = known.pins
        entries = known.entries
        dialect = known.dialect
        self.files = files
    }

    /// SELECT of the key's file where it has one, MANAGE SECURITY ENVIRONMENT, PSO: COMPUTE DIGITAL SIGNATURE.
    ///
    /// In this order and after VERIFY, because a card was seen to forget its environment over a refused signature.
    public func sign(digest: [UInt8], with key: CardKey) async throws(CardError) -> [UInt8] {
        let onCard = try entry(of: key).onCard
        let input = try SignatureInput(digest, for: key)
        let subject = "a signature with \"\(key.label)\""
        guard let dialect else { throw CardError(.notSupported, subject, detail: "how this PKCS#15 card signs is not known") }
        let algorithm: UInt8?
        let data: [UInt8]
        switch key.algorithm {
        case .rsa: (algorithm, data) = (dialect.rsaPKCS1, input.digestInfo)
        case .p256, .p384: (algorithm, data) = (dialect.ecdsa, input.digest)
        case .ed25519, .x25519: throw CardError(.notSupported, subject, detail: "no dialect is known for \(key.algorithm)")
        }
        guard let algorithm else {
            throw CardError(.notSupported, subject, detail: "this card hashes by itself for \(key.algorithm), with SHA-1")
        }
        var reference = onCard.reference
        if dialect.addressing == .keyFile {
            try await files.selectKey(onCard.path)
            reference = 0
        }
        let environment = [TLV(0x80, [algorithm]), TLV(0x81, onCard.path.identifier), TLV(0x84, [reference])].flatMap(\.encoded)
        let set = CommandAPDU(instruction: 0x22, p1: 0x41, p2: 0xB6, data: environment)
        _ = try await files.channel.send(set).orRefused(subject)
        let compute = CommandAPDU(instruction: 0x2A, p1: 0x9E, p2: 0x9A, data: data, expectedLength: 256)
        let signature = try await files.channel.send(compute, mayRepeat: false).orRefused(subject)
        switch key.algorithm {
        case .rsa(let bits):
            guard signature.count * 8 == bits else {
                throw CardError(.malformedAnswer, subject, detail: "\(signature.count) bytes are no \(key.algorithm) signature")
            }
            return signature
        case .p256: return try ECDSASignature.der(from: signature, scalarBytes: 32, subject: subject)
        case .p384: return try ECDSASignature.der(from: signature, scalarBytes: 48, subject: subject)
        case .ed25519, .x25519: return signature
        }
    }

    private func entry(of key: CardKey) throws(CardError) -> Entry {
        guard let entry = entries.first(where: { $0.key == key }) else {
            throw CardError(.notSupported, "key \"\(key.label)\", which this card does not have")
        }
        return entry
    }
}
