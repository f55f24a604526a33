import DeviceProtocol

/// What the verifier checks an enrolment's answers with.
///
/// What challenges are sealed with is apart from it, in ``ScanSealing``, which holds no key that answers.
public enum Credential: Equatable, Sendable, Codable {
    /// A Token's key, and where its codes stand.
    case timedCode(TimedCode)
    /// The key of a device that counts its codes, and where they stand.
    case countedCode(CountedCode)
    /// A Scan's or phone's OCRA key.
    case scanCode(ScanCredential)
    /// A phone that answers online, too.
    case phone(PhoneCredential)
    /// A card's certificates.
    case certificates(CardCertificates)
}

/// What the codes of a Scan, or of a phone that is never online, are checked with.
public struct ScanCredential: Equatable, Sendable, Codable {
    /// For its codes, 32 bytes; RFC 6287.
    public let ocraKey: KeyMaterial
    /// What evidence of its codes is marked with.
    public let evidenceKey: EvidenceKey

    /// The keys of an enrolment.
    public init(ocraKey: KeyMaterial, evidenceKey: EvidenceKey = EvidenceKey()) {
        self.ocraKey = ocraKey
        self.evidenceKey = evidenceKey
    }

    /// Reads both keys, or the OCRA key alone, as it was written before there were two.
    ///
    /// - Throws: `DecodingError`.
    public init(from decoder: any Decoder) throws {
        if let alone = try? decoder.singleValueContainer().decode(KeyMaterial.self) {
            self.init(ocraKey: alone, evidenceKey: .drawn())
        } else {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            self.init(
                ocraKey: try container.decode(KeyMaterial.self, forKey: .ocraKey),
                evidenceKey: try container.decode(EvidenceKey.self, forKey: .evidenceKey))
        }
    }
}

/// The two certificates that an enrolment is pinned to, whole, in DER (RFC 5280), and those of the authorities above them.
///
/// The authentication key answers logins only, the signature key everything else only.
public struct CardCertificates: Hashable, Sendable {
    /// For logins; its key usage has `digitalSignature`.
    public let authentication: [UInt8]
    /// For approvals; its key usage has `nonRepudiation`.
    public let signature: [UInt8]
    /// Of the authorities between them and a root, in any order; a card answers with its own certificate alone.
    public let intermediates: [[UInt8]]

    /// A pair, and what leads to its root.
    public init(authentication: [UInt8], signature: [UInt8], intermediates: [[UInt8]] = []) {
        self.authentication = authentication
        self.signature = signature
        self.intermediates = intermediates
    }

    /// The one for a role.
    package func certificate(for role: KeyRole) -> [UInt8] {
        switch role {
        case .authentication: authentication
        case .signature: signature
        }
    }
}

extension CardCertificates: Codable {
    private enum CodingKeys: String, CodingKey { case authentication, signature, intermediates }

    /// Reads a pair; one that was written without intermediates has none.
    ///
    /// - Throws: `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        authentication = try container.decode([UInt8].self, forKey: .authentication)
        signature = try container.decode([UInt8].self, forKey: .signature)
        intermediates = try container.decodeIfPresent([[UInt8]].self, forKey: .intermediates) ?? []
    }
}

extension Credential {
    /// Whether answers by `method` are checked with this.
    func fits(_ method: ProductProfile.Method) -> Bool {
        switch (self, method) {
        case (.timedCode, .timedCode), (.countedCode, .countedCode), (.scanCode, .scanCode), (.phone, .scanCode(.mobile)),
            (.certificates, .signature):
            true
        case (.timedCode, _), (.countedCode, _), (.scanCode, _), (.phone, _), (.certificates, _): false
        }
    }
}
