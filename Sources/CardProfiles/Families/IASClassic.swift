extension CardProfile {
    /// IAS Classic, version 4 or 5, of Gemalto and Thales: LuxTrust's current smartcard, and cards of other countries.
    ///
    /// What is inferred here was never seen on a LuxTrust card. Most of it is published of the Uruguayan identity card, which answers
    /// power-on with the same bytes and whose middleware calls the token by the same name.
    public static let iasClassic = CardProfile(
        family: "IAS Classic",
        applicationID: Fact(
            [0xA0, 0x00, 0x00, 0x00, 0x18, 0x40, 0x00, 0x00, 0x01, 0x63, 0x42, 0x00], .inferred,
            source: "the Uruguayan identity card (AGESIC; OpenSC, card-cedulauy.c)"),
        candidates: [
            ATRCandidate(
                "LuxTrust smartcard",
                [0x3B, 0x7F, 0x96, 0x00, 0x00, 0x80, 0x31, 0x80, 0x65, 0xB0, 0x85, 0x05, 0x00, 0x11, 0x12, 0x0F, 0xFF, 0x82, 0x90, 0x00],
                .published, source: "pcsc-tools, smartcard_list"),
            // TA1, version and batch differ from card to card.
            ATRCandidate(
                "Uruguayan identity card",
                [0x3B, 0x7F, 0x94, 0x00, 0x00, 0x80, 0x31, 0x80, 0x65, 0xB0, 0x85, 0x03, 0x00, 0xEF, 0x12, 0x0F, 0xFF, 0x82, 0x90, 0x00],
                mask: [
                    0xFF, 0xFF, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF,
                ],
                .published, source: "OpenSC, card-cedulauy.c"),
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
            .inferred, source: "the Uruguayan identity card, a real one (firmauy, docs/card-protocol.md; OpenSC, pull request 3729)"),
        structure: .classicFiles,
        keyLabels: .luxTrustLabels,
        issuers: [.luxTrust, .uruguay, .tesseraTest])
}

extension Fact<PINRules> {
    /// PIN 11, filled with 00 up to 12 bytes.
    static let classicPIN = Fact(
        PINRules(reference: 0x11, lengths: 4...12, alphabet: .digits, padding: .init(byte: 0x00, length: 12)), .inferred,
        source: "the Uruguayan identity card, a real one (AGESIC; OpenSC, pkcs15-cedulauy.c)")
}

extension Fact<Int> {
    /// What LuxTrust allows.
    static let classicTries = Fact(5, .published, source: "luxtrust.lu, FAQ 1110")
}

extension Fact<FileStructure> {
    /// As on the Uruguayan card, whose one key signs: number 01, with its certificate in `B001`.
    ///
    /// That a LuxTrust card has its second key beside it, and that for logins first as its middleware lists them, is concluded.
    static let classicFiles = Fact(
        FileStructure(
            directory: [0x50, 0x00], label: "Gem P15", privateKeys: [0x50, 0x02], certificates: [0x50, 0x01], pins: [0x50, 0x06],
            publicKeys: [0x50, 0x03],
            keys: [
                KeyPlace(.authentication, certificate: [0xB0, 0x01], reference: 0x01),
                KeyPlace(.signature, certificate: [0xB0, 0x02], reference: 0x02),
            ]),
        .inferred,
        source:
            "the Uruguayan identity card, a real one with the token name GemP15-1, which LuxTrust's middleware shows of its tokens, too "
            + "(firmauy, docs/card-protocol.md, where ODF and TokenInfo have each other's place)")
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
        CardIssuer(organization: "LuxTrust S.A.", country: "LU", cardName: "LuxTrust card", hasOnePIN: true), .published,
        source: "luxtrust.lu, repository of certification authorities; FAQ 1110: one PIN, one PUK")

    /// The ministry that issues Uruguay's identity cards.
    static let uruguay = Fact(
        CardIssuer(organization: "Ministerio del Interior", country: "UY", cardName: "Uruguayan identity card", hasOnePIN: true),
        .published,
        source: "AGESIC (eIDuy/apdu-services, certificate of the ministry's authority); firmauy, docs/card-protocol.md: one key")

    /// The authorities of emulated cards, which are made after LuxTrust's.
    static let tesseraTest = Fact(
        CardIssuer(organization: "Tessera Test", country: nil, cardName: nil, hasOnePIN: true), .stated,
        source: "Tessera, Emulation: PKCS15Writer has one PIN for both keys")
}
