extension CardProfile {
    /// The Luxembourg identity card: contactless, and closed until its number or PIN has opened a channel, which Tessera cannot.
    public static let luxembourgEID = CardProfile(
        family: "Luxembourg identity card",
        applicationID: iasClassic.applicationID,
        candidates: [
            ATRCandidate(
                "Luxembourg identity card of 2014",
                [0x3B, 0x8F, 0x80, 0x01, 0x80, 0x31, 0x80, 0x65, 0xB0, 0x85, 0x03, 0x00, 0xEF, 0x12, 0x0F, 0xFF, 0x82, 0x90, 0x00, 0x73],
                .published, source: "pcsc-tools, smartcard_list"),
            ATRCandidate(
                "Luxembourg identity card", [0x3B, 0x88, 0x80, 0x01, 0x00, 0x88, 0x3C, 0x1F, 0x77, 0x81, 0x00, 0x5F, 0x0B],
                .published, source: "pcsc-tools, smartcard_list"),
            ATRCandidate(
                "Luxembourg identity card", [0x3B, 0x88, 0x80, 0x01, 0xE1, 0xF3, 0x5E, 0x11, 0x77, 0xA1, 0x97, 0x00, 0x15],
                .published, source: "web-eid/libelectronic-id"),
        ],
        access: Fact(.pace, .published, source: "T1C documentation"))
}
