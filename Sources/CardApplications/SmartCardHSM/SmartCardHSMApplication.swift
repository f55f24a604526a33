import CardProfiles
public import ISO7816

/// CardContact's SmartCard-HSM: keys with numbers, each with a certificate and a PKCS#15 description in files of their own.
public struct SmartCardHSMApplication: CardApplication {
    /// As its maker calls it.
    public static let name = "SmartCard-HSM"
    /// The most keys that are looked at.
    static let maximumKeys = 64

    /// The keys with a certificate, in the order of the card's own list.
    public let keys: [CardKey]
    /// Keys without an X.509 certificate, or of a kind that Tessera does not know.
    public let unusable: [CardError]
    /// What the card is, and what its TokenInfo says where that was read.
    public let identity: CardIdentity
    private let files: SmartCardHSMFiles

    /// The user PIN and the initialisation code (SO-PIN), which unblocks it.
    public var pins: [CardPIN] { [.smartCardHSM, .smartCardHSMOfficer] }
    /// The channel that it was opened on.
    public var channel: any CardChannel { files.channel }

    /// Opens what a card says is a SmartCard-HSM; one that lists no objects is none, whatever it answered to SELECT.
    static func open(_ selected: ApplicationKind.Selected) async throws(CardError) -> (any CardApplication)? {
        do throws(CardError) {
            return try await SmartCardHSMApplication(
                on: selected.channel, for: selected.roles, limits: selected.limits, within: selected.budget)
        } catch  where error.concernsOneObject {
            return nil
        }
    }

    /// Reads the files of a card whose application is selected.
    ///
    /// - Parameters:
    ///   - roles: only keys for these are kept. Certificates tell roles, so all are read; descriptions and TokenInfo
    ///     only where they are wanted.
    ///   - limits: how long commands to this card may be.
    ///   - budget: how long all of it may take.
    /// - Throws: ``CardError`` of the channel, or when the card does not list its objects.
    init(
        on channel: any CardChannel, for roles: Set<CardKey.Role>, limits: LengthLimits, within budget: TimeBudget
    ) async throws(CardError) {
        files = SmartCardHSMFiles(channel: channel, limits: limits, budget: budget)
        var keys: [CardKey] = []
        var unusable: [CardError] = []
        for number in try await files.keys().prefix(Self.maximumKeys) {
            do {
                if let key = try await Self.key(number, for: roles, in: files) { keys.append(key) }
            } catch  where error.concernsOneObject {
                unusable.append(error)
            }
        }
        self.keys = keys
        self.unusable = unusable
        identity =
            roles.isSuperset(of: CardKey.Role.allCases)
            ? try await Self.identity(in: files) : CardIdentity(profile: .smartCardHSM)
    }

    /// The key with this number; `nil` when it is not wanted.
    private static func key(
        _ number: UInt8, for roles: Set<CardKey.Role>, in files: SmartCardHSMFiles
    ) async throws(CardError) -> CardKey? {
        let subject = "the certificate of SmartCard-HSM key \(number)"
        guard let content = try await files.content(.certificate, of: number), !content.isEmpty else {
            throw CardError(.notSupported, "SmartCard-HSM key \(number)", detail: "the card has no certificate for it")
        }
        let object = try parsing(subject) { () throws(TLVError) in try TLV(parsingFirstOf: content) }
        // A key that was generated on the card has a request (tag 67) or a card verifiable certificate (7F21) at first.
        guard object.tag == 0x30 else {
            throw CardError(.notSupported, "SmartCard-HSM key \(number)", detail: "the card has no X.509 certificate for it yet")
        }
        guard let parsed = CertificateKey(parsing: object.encoded) else {
            throw CardError(.malformedAnswer, subject, detail: "it is not X.509 in DER")
        }
        guard let algorithm = parsed.algorithm, algorithm != .ed25519, algorithm != .x25519 else {
            throw CardError(.notSupported, subject, detail: "its key is neither RSA nor on P-256 or P-384")
        }
        let role = parsed.role ?? .other
        guard roles.contains(role) else { return nil }
        let description = try await description(of: number, in: files)
        let label = description?.label ?? ""
        return CardKey(
            id: [number], label: label.isEmpty ? "SmartCard-HSM key \(number)" : label, role: role, algorithm: algorithm,
            certificate: object.encoded, needsPINForEachSignature: description?.wantsConsent ?? false)
    }

    /// What PKCS#15 says of the key; `nil` where that cannot be read, because the key works without.
    private static func description(of number: UInt8, in files: SmartCardHSMFiles) async throws(CardError) -> PKCS15Object? {
        do {
            guard let content = try await files.content(.description, of: number), let object = try? TLV(parsingFirstOf: content)
            else { return nil }
            return try? PKCS15Object(parsing: object)
        } catch  where error.concernsOneObject {
            return nil
        }
    }

    /// TokenInfo; ISO/IEC 7816-15, 8.10: version, serial number, manufacturer, label.
    private static func identity(in files: SmartCardHSMFiles) async throws(CardError) -> CardIdentity {
        var parts: [TLV] = []
        do {
            let content = try await files.content(SmartCardHSMFiles.tokenInfo) ?? []
            parts = (try? TLV(parsingFirstOf: content).children()) ?? []
        } catch  where error.concernsOneObject {
            // It is not needed for anything.
        }
        let serialNumber = parts.first(0x04).flatMap { $0.contains { $0 != 0 } ? $0 : nil }
        return CardIdentity(
            profile: .smartCardHSM, serialNumber: serialNumber, label: parts.first(0x80).map(PKCS15Object.printable),
            manufacturer: parts.first(0x0C).map(PKCS15Object.printable))
    }

    /// The user PIN, which guards every key.
    ///
    /// - Throws: ``CardError/Code/notSupported`` for a key of another card.
    public func pin(for key: CardKey) throws(CardError) -> CardPIN? {
        _ = try number(of: key)
        return .smartCardHSM
    }

    /// SELECT, and nothing more.
    ///
    /// - Throws: ``CardError``.
    public func resumed(on channel: any CardChannel) async throws(CardError) -> SmartCardHSMApplication {
        let application = CardProfile.smartCardHSM.applicationID.value
        let budget = TimeBudget(.seconds(60))
        _ = try await channel.select(application: application, within: budget).orRefused("the SmartCard-HSM application")
        return SmartCardHSMApplication(self, files: SmartCardHSMFiles(channel: channel, limits: files.limits, budget: budget))
    }

    private init(_ known: SmartCardHSMApplication, files: SmartCardHSMFiles) {
        keys = known.keys
        unusable = known.unusable
        identity = known.identity
        self.files = files
    }

    /// SIGN with the key's number and an algorithm: raw RSA (`20`) over the padded digest, ECDSA (`70`) over the digest.
    ///
    /// The algorithm numbers are those of OpenSC, `card-sc-hsm.h`.
    public func sign(digest: [UInt8], with key: CardKey) async throws(CardError) -> [UInt8] {
        let number = try number(of: key)
        let input = try SignatureInput(digest, for: key)
        let subject = "a signature with \"\(key.label)\""
        switch key.algorithm {
        case .rsa(let bits):
            // 512 covers the longest signature, and lets the card say the length.
            let signature = try await sign(input.padded(toBits: bits), with: number, algorithm: 0x20, upTo: 512, subject)
            guard signature.count * 8 == bits else {
                throw CardError(.malformedAnswer, subject, detail: "\(signature.count) bytes are no \(key.algorithm) signature")
            }
            return signature
        case .p256:
            let signature = try await sign(input.digest, with: number, algorithm: 0x70, upTo: 256, subject)
            return try ECDSASignature.der(from: signature, scalarBytes: 32, subject: subject)
        case .p384:
            let signature = try await sign(input.digest, with: number, algorithm: 0x70, upTo: 256, subject)
            return try ECDSASignature.der(from: signature, scalarBytes: 48, subject: subject)
        case .ed25519, .x25519: throw CardError(.notSupported, subject)
        }
    }

    private func sign(
        _ input: [UInt8], with number: UInt8, algorithm: UInt8, upTo length: Int, _ subject: String
    ) async throws(CardError) -> [UInt8] {
        let command = CommandAPDU(
            instructionClass: 0x80, instruction: 0x68, p1: number, p2: algorithm, data: input, expectedLength: length)
        return try await channel.send(command, form: files.limits.form(for: command), mayRepeat: false).orRefused(subject)
    }

    private func number(of key: CardKey) throws(CardError) -> UInt8 {
        guard keys.contains(key), let number = key.id.first else {
            throw CardError(.notSupported, "key \"\(key.label)\", which this card does not have")
        }
        return number
    }
}
