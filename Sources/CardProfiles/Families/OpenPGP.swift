extension CardProfile {
    /// Cards with the OpenPGP application; the specification's name is long: "Functional Specification of the OpenPGP
    /// application on ISO Smart Card Operating Systems", here 3.4.1.
    public static let openPGP = CardProfile(
        family: "OpenPGP",
        applicationID: Fact(
            [0xD2, 0x76, 0x00, 0x01, 0x24, 0x01], .stated, source: "OpenPGP card 3.4.1, 4.2.1, right-truncated before the version"),
        candidates: [
            ATRCandidate("SmartPGP in the jCardSim simulator", [0x3B, 0x80, 0x80, 0x01, 0x01], .published, source: "smartpgp")
        ],
        pin: Fact(.openPGP, .stated, source: "OpenPGP card 3.4.1, 4.3; the card's own password status bytes (C4) tell the maximum"),
        tries: Fact(3, .stated, source: "OpenPGP card 3.4.1, 4.3"))
}

extension PINRules {
    /// PW1 for signatures: six characters at least, and at most what seven bits of the status bytes can say.
    public static let openPGP = PINRules(reference: 0x81, lengths: 6...127, alphabet: .any, padding: nil)
}
