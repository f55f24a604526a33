extension CardProfile {
    /// CardContact's SmartCard-HSM, and what does as it does (Pico HSM).
    public static let smartCardHSM = CardProfile(
        family: "SmartCard-HSM",
        applicationID: Fact(
            [0xE8, 0x2B, 0x06, 0x01, 0x04, 0x01, 0x81, 0xC3, 0x1F, 0x02, 0x01], .published, source: "OpenSC, card-sc-hsm.c; schsm"),
        candidates: [
            ATRCandidate(
                "SmartCard-HSM",
                [
                    0x3B, 0xFE, 0x18, 0x00, 0x00, 0x81, 0x31, 0xFE, 0x45, 0x80, 0x31, 0x81, 0x54, 0x48, 0x53, 0x4D, 0x31, 0x73, 0x80, 0x21,
                    0x40, 0x81, 0x07, 0xFA,
                ], .published, source: "OpenSC, card-sc-hsm.c; schsm"),
            ATRCandidate(
                "SmartCard-HSM, contactless",
                [
                    0x3B, 0x8E, 0x80, 0x01, 0x80, 0x31, 0x81, 0x54, 0x48, 0x53, 0x4D, 0x31, 0x73, 0x80, 0x21, 0x40, 0x81, 0x07, 0x18,
                ], .published, source: "OpenSC, card-sc-hsm.c"),
            ATRCandidate(
                "SmartCard-HSM 4K",
                [
                    0x3B, 0xDE, 0x18, 0xFF, 0x81, 0x91, 0xFE, 0x1F, 0xC3, 0x80, 0x31, 0x81, 0x54, 0x48, 0x53, 0x4D, 0x31, 0x73, 0x80, 0x21,
                    0x40, 0x81, 0x07, 0x1C,
                ], .published, source: "OpenSC, card-sc-hsm.c"),
        ],
        pin: Fact(.smartCardHSM, .published, source: "OpenSC, pkcs15-sc-hsm.c; schsm"),
        tries: Fact(3, .published, source: "schsm; the one who initialises the card may choose less or more"))
}

extension PINRules {
    /// The user PIN, six to fifteen characters.
    public static let smartCardHSM = PINRules(reference: 0x81, lengths: 6...15, alphabet: .any, padding: nil)

    /// The initialisation code, called SO-PIN: eight bytes, which people write as sixteen digits; fifteen tries.
    public static let smartCardHSMOfficer = PINRules(reference: 0x88, lengths: 16...16, alphabet: .hexadecimal, padding: nil)
}
