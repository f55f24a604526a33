extension CardProfile {
    /// IAS Classic, version 4 or 5, of Gemalto and Thales: LuxTrust's current smartcard, and cards of other countries.
    ///
    /// What is inferred here was never seen on a LuxTrust card; what siblings do stands behind it.
    public static let iasClassic = CardProfile(
        family: "IAS Classic",
        applicationID: Fact(
            [0xA0, 0x00, 0x00, 0x00, 0x18, 0x40, 0x00, 0x00, 0x01, 0x63, 0x42, 0x00], .inferred,
            source: "the Uruguayan identity card (OpenSC, card-cedulauy.c)"),
        candidates: [
            ATRCandidate(
                "LuxTrust smartcard",
                [0x3B, 0x7F, 0x96, 0x00, 0x00, 0x80, 0x31, 0x80, 0x65, 0xB0, 0x85, 0x05, 0x00, 0x11, 0x12, 0x0F, 0xFF, 0x82, 0x90, 0x00],
                .published, source: "pcsc-tools, smartcard_list")
        ],
        pin: .classicPIN,
        tries: .classicTries,
        triesQuery: Fact(
            CommandTemplate([0x00, 0xCB, 0x00, 0xFF], [.object(0xA0, [.object(0x83, [.reference])])], hasAnswer: true), .inferred,
            source: "sibling Thales identity cards (web-eid/libelectronic-id, EIDThales.cpp)"),
        signing: Fact(
            SigningDialect(
                [.rsaSHA256: 0x42], addressing: .keyReference, environment: .setSignatureEnvironment, hash: .handOverDigest,
                signature: .signHandedOver),
            .inferred, source: "the Uruguayan identity card; sibling Thales identity cards"),
        structure: .classicFiles,
        keyLabels: .luxTrustLabels,
        issuers: [.luxTrust])
}

extension Fact<PINRules> {
    /// PIN 11, filled with 00 up to 12 bytes.
    static let classicPIN = Fact(
        PINRules(reference: 0x11, lengths: 4...12, alphabet: .digits, padding: .init(byte: 0x00, length: 12)), .inferred,
        source: "the Uruguayan identity card (OpenSC, pkcs15-cedulauy.c)")
}

extension Fact<Int> {
    /// What LuxTrust allows.
    static let classicTries = Fact(5, .published, source: "luxtrust.lu, FAQ 1110")
}

extension Fact<FileStructure> {
    /// The directory is inferred from the token's name; the three files in it are where many cards have them, and only tried first.
    static let classicFiles = Fact(
        FileStructure(
            directory: [0x50, 0x00], label: "Gem P15", privateKeys: [0x44, 0x02], certificates: [0x44, 0x03], pins: [0x44, 0x01]),
        .inferred,
        source: "siblings of the middleware's token GemP15-1; the card's object directory corrects it")
}

extension Fact<[KeyLabel]> {
    /// What LuxTrust's middleware shows.
    static let luxTrustLabels = Fact(
        [KeyLabel("User Cert Auth", .authentication), KeyLabel("User Cert Sig", .signature)], .published,
        source: "wllm-rbnt/luxtrust-openconnect; jsignpdf, issue 143")
}

extension Fact<CardIssuer> {
    /// LuxTrust's own certification authorities.
    static let luxTrust = Fact(
        CardIssuer(organization: "LuxTrust S.A.", country: "LU", cardName: "LuxTrust card"), .published,
        source: "luxtrust.lu, repository of certification authorities")
}
