extension CardProfile {
    /// Classic V3 of Gemalto: LuxTrust's signing stick and older smartcards, and cards of other issuers.
    ///
    /// Version 1 has an application identifier with `0A` for `0C`, and is not driven.
    public static let classicV3 = CardProfile(
        family: "Classic V3",
        applicationID: Fact(
            [0xA0, 0x00, 0x00, 0x00, 0x18, 0x0C, 0x00, 0x00, 0x01, 0x63, 0x42, 0x00], .inferred,
            source: "the Swedish identity card (OpenSC, card-gemsafeV1.c)"),
        candidates: [
            ATRCandidate(
                "LuxTrust smartcard, older",
                [0x3B, 0x6D, 0x00, 0x00, 0x80, 0x31, 0x80, 0x65, 0xB0, 0x83, 0x02, 0x04, 0x7E, 0x83, 0x00, 0x90, 0x00],
                .published, source: "pcsc-tools, smartcard_list"),
            ATRCandidate(
                "LuxTrust smartcard, older",
                [0x3B, 0x7D, 0x94, 0x00, 0x00, 0x80, 0x31, 0x80, 0x65, 0xB0, 0x83, 0x11, 0x00, 0xC8, 0x83, 0x00, 0x90, 0x00],
                .published, source: "pcsc-tools, smartcard_list; T1C documentation"),
            ATRCandidate(
                "LuxTrust signing stick",
                [0x3B, 0x7D, 0x96, 0x00, 0x00, 0x80, 0x31, 0x80, 0x65, 0xB0, 0x83, 0x02, 0x01, 0xF3, 0x83, 0x00, 0x90, 0x00],
                .published, source: "open-eid/chrome-token-signing, issue 113"),
        ],
        pin: .classicPIN,
        tries: .classicTries,
        signing: Fact(
            SigningDialect(
                [.rsaDigestInfo: 0x02, .rsaSHA1: 0x12, .rsaSHA256: 0x42], addressing: .keyReference, environment: .setSignatureEnvironment,
                hash: .handOverDigest, signature: .signHandedOver, maximumInput: 36),
            .inferred, source: "the Swedish and Portuguese identity cards (OpenSC, card-gemsafeV1.c)"),
        structure: .classicFiles,
        keyLabels: .luxTrustLabels,
        issuers: [.luxTrust, .tesseraTest])
}
