import CardProfiles
import ISO7816

/// What EF.TokenInfo says of the card; ISO/IEC 7816-15, 8.10 (`CIAInfo`).
struct PKCS15TokenInfo {
    /// An algorithm that the card offers (`AlgorithmInfo`).
    struct Algorithm {
        /// What the keys' `algReference` names it by.
        let reference: Int
        /// The mechanism, in PKCS#11's numbers.
        let mechanism: Int
        /// Whether signatures are computed with it.
        let signs: Bool
        /// Whether digests are computed, or taken over, with it.
        let hashes: Bool
        /// The card's own reference (tag `80` of MANAGE SECURITY ENVIRONMENT); `nil` where there is none.
        let algorithmReference: UInt8?
    }

    let serialNumber: [UInt8]?
    let manufacturer: String?
    let label: String?
    let lastUpdate: String?
    let algorithms: [Algorithm]

    /// Reads the content of the file.
    init(parsing content: [UInt8]) throws(TLVError) {
        let outer = try TLV(parsingFirstOf: content)
        guard outer.tag == 0x30 else { throw .missing(0x30) }
        // version, serial number, [manufacturer], [0] label, flags, [security environments], [1], [2] algorithms, …, [5] last update
        let parts = try outer.children()
        serialNumber = parts.first(0x04)
        manufacturer = parts.first(0x0C).map(PKCS15Object.printable)
        label = parts.first(0x80).map(PKCS15Object.printable)
        lastUpdate = parts.first(0xA5).flatMap { try? TLV(parsingFirstOf: $0) }.flatMap {
            $0.tag == 0x18 ? PKCS15Object.printable($0.value) : nil
        }
        let listed = (try? TLV.series(parsing: parts.first(0xA2) ?? [])) ?? []
        algorithms = listed.prefix(PKCS15Contents.maximumObjects).compactMap { try? Algorithm(parsing: $0) }
    }

    /// A way of signing with `key` that card and key name themselves; `nil` when they do not.
    ///
    /// Mechanisms: PKCS #11 v2.40, base, table 45: `CKM_RSA_PKCS` 0001, `CKM_SHA256_RSA_PKCS` 0040, `CKM_SHA384_RSA_PKCS` 0041,
    /// `CKM_ECDSA` 1041. Where only mechanisms that hash are offered, the digest is handed over first.
    func dialect(for key: PKCS15PrivateKey) -> SigningDialect? {
        let named = algorithms.filter { key.algorithmReferences.contains($0.reference) }
        var references: [SigningDialect.Scheme: UInt8] = [:]
        let schemes: [Int: SigningDialect.Scheme] = [0x0001: .rsaDigestInfo, 0x0040: .rsaSHA256, 0x0041: .rsaSHA384, 0x1041: .ecdsa]
        for algorithm in named where algorithm.signs {
            if let scheme = schemes[algorithm.mechanism], let reference = algorithm.algorithmReference { references[scheme] = reference }
        }
        // One step where the card takes what it signs as it is; the two-step schemes go with it no further.
        let direct = references.filter { $0.key == .rsaDigestInfo || $0.key == .ecdsa }
        if !direct.isEmpty {
            return SigningDialect(direct, addressing: .keyReference, environment: .setSignatureEnvironment, signature: .signDirectly)
        }
        guard !references.isEmpty else { return nil }
        return SigningDialect(
            references, addressing: .keyReference, environment: .setSignatureEnvironment, hash: .handOverDigest, signature: .signHandedOver)
    }
}

extension PKCS15TokenInfo.Algorithm {
    /// Reads one entry of `supportedAlgorithms`: reference, mechanism, parameters, operations, [identifier], [algorithm reference].
    init(parsing entry: TLV) throws(TLVError) {
        guard entry.tag == 0x30 else { throw .missing(0x30) }
        let parts = try entry.children()
        let numbers = parts.filter { $0.tag == 0x02 }
        guard numbers.count >= 2 else { throw .missing(0x02) }
        reference = try PKCS15Object.number(numbers[0].value)
        mechanism = try PKCS15Object.number(numbers[1].value)
        let operations = try parts.required(0x03).dropFirst().first ?? 0
        signs = operations & 0x40 != 0  // compute-signature, bit 1
        hashes = operations & 0x02 != 0  // hash, bit 6
        algorithmReference = numbers.count > 2 ? try PKCS15Object.reference(numbers[2].value) : nil
    }
}
