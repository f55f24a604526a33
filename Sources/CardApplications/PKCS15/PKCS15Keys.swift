import CardProfiles
import ISO7816

/// The keys of a PKCS#15 application, joined with their certificates, PINs and ways of signing.
struct PKCS15Keys {
    /// What belongs to a key beyond what its user sees.
    struct Entry {
        let key: CardKey
        let onCard: PKCS15PrivateKey
        let pin: CardPIN?
        let dialect: SigningDialect?
        /// Who issued the certificate, where the family knows.
        let issuer: CardIssuer?
    }

    /// In the order of the PrKDF.
    private(set) var entries: [Entry] = []
    /// Keys that cannot be used, and why.
    private(set) var unusable: [CardError] = []

    /// Reads the certificates of the keys for `roles`.
    ///
    /// - Parameters:
    ///   - known: keys that were read before, and are not read again.
    ///   - everything: whether all are looked at; otherwise the likely ones first, until each role has a key.
    init(
        of contents: PKCS15Contents, _ profile: CardProfile, for roles: Set<CardKey.Role>, known: [Entry] = [], everything: Bool,
        in files: PKCS15Files
    ) async throws(CardError) {
        let keys = contents.privateKeys
        var found: [Int: Entry] = [:]
        for index in keys.indices { found[index] = known.first { $0.onCard.id == keys[index].id } }
        var missing = roles.subtracting(known.map(\.key.role))
        for index in Self.order(of: keys, for: missing) where (everything || !missing.isEmpty) && found[index] == nil {
            do {
                guard let entry = try await Self.entry(for: keys[index], in: contents, profile, files) else {
                    if everything { unusable.append(Self.withoutCertificate(keys[index], in: contents)) }
                    continue
                }
                guard roles.contains(entry.key.role) else { continue }
                found[index] = entry
                missing.remove(entry.key.role)
            } catch  where error.concernsOneObject {
                // A card may have fewer keys than there are places for.
                if !contents.isPlaced || error.code != .refused(.fileNotFound) { unusable.append(error) }
            }
        }
        entries = keys.indices.compactMap { found[$0] }
    }

    /// Whether keys that were taken to be where their family has them are there: one for each of `roles`, and of issuers whose cards have
    /// one PIN.
    func areInPlace(for roles: Set<CardKey.Role>) -> Bool {
        unusable.isEmpty && roles.isSubset(of: entries.map(\.key.role)) && entries.allSatisfy { $0.issuer?.hasOnePIN == true }
    }

    /// The most likely keys for `roles` first; otherwise as they are on the card.
    private static func order(of keys: [PKCS15PrivateKey], for roles: Set<CardKey.Role>) -> [Int] {
        let likelihoods = keys.map { key in roles.map { key.likelihood(of: $0) }.max() ?? 0 }
        return keys.indices.sorted { (likelihoods[$1], $0) < (likelihoods[$0], $1) }
    }

    private static func withoutCertificate(_ key: PKCS15PrivateKey, in contents: PKCS15Contents) -> CardError {
        let hasPublicKey = contents.publicKeys.contains { $0.id == key.id }
        return CardError(
            .notSupported, "key \"\(key.label)\"", detail: hasPublicKey ? "it has a public key and no certificate" : "it has no certificate"
        )
    }

    /// Joins a key with its certificate and its PIN; `nil` for a key without certificate.
    private static func entry(
        for onCard: PKCS15PrivateKey, in contents: PKCS15Contents, _ profile: CardProfile, _ files: PKCS15Files
    ) async throws(CardError) -> Entry? {
        guard let listed = contents.certificates.first(where: { $0.id == onCard.id }) else { return nil }
        let subject = "the certificate of \"\(onCard.label)\""
        let certificate: [UInt8]
        switch listed.value {
        case .direct(let bytes): certificate = bytes
        case .indirect(let path):
            // What lies behind the certificate in its file is padding.
            let file = try await files.content(of: path, as: .object)
            certificate = try parsing(subject) { () throws(TLVError) in try TLV(parsingFirstOf: file).encoded }
        }
        guard let parsed = CertificateKey(parsing: certificate) else {
            throw CardError(.malformedAnswer, subject, detail: "it is not X.509 in DER")
        }
        files.channel.objectCache?.keep(certificate)
        guard let algorithm = parsed.algorithm else {
            throw CardError(.notSupported, subject, detail: "its key is neither RSA nor on P-256 or P-384")
        }
        guard !contents.isPlaced || parsed.role != nil else {
            throw CardError(.notSupported, subject, detail: "it does not say what its key is for")
        }
        let pin = try contents.pin(guarding: onCard)
        let key = CardKey(
            id: onCard.id, label: contents.isPlaced ? parsed.role.map { "\($0)" } ?? onCard.label : onCard.label,
            role: parsed.role ?? labelled(onCard, by: profile) ?? onCard.role, algorithm: algorithm,
            certificate: certificate, needsPIN: pin != nil, needsPINForEachSignature: onCard.object.wantsConsent)
        let issuer = profile.issuers.first {
            $0.value.matches(organization: parsed.issuerOrganization, country: parsed.issuerCountry)
        }
        return Entry(
            key: key, onCard: onCard, pin: pin, dialect: profile.signing?.value ?? contents.tokenInfo?.dialect(for: onCard),
            issuer: issuer?.value)
    }

    private static func labelled(_ key: PKCS15PrivateKey, by profile: CardProfile) -> CardKey.Role? {
        switch profile.keyLabels?.value.first(where: { $0.label == key.object.label })?.purpose {
        case .authentication: .authentication
        case .signature: .signature
        case nil: nil
        }
    }
}
