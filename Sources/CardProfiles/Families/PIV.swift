extension CardProfile {
    /// Personal Identity Verification; NIST SP 800-73-4.
    public static let piv = CardProfile(
        family: "PIV",
        applicationID: Fact(
            [0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00], .stated,
            source: "NIST SP 800-73-4, part 1, 2.2, right-truncated before the version"),
        candidates: [ATRCandidate("PivApplet in the jCardSim simulator", [0x3B, 0x80, 0x80, 0x01, 0x01], .published, source: "pivapplet")],
        // No number of tries: the standard leaves it to the issuer, and cards were seen with 3 and with 5.
        pin: Fact(
            .piv, .stated, source: "NIST SP 800-73-4, part 2, 2.4.3"))
}
