extension CardProfile {
    /// Philip Wendland's IsoApplet, version 0, a Java card applet with PKCS#15 files.
    ///
    /// Its ECDSA hashes with SHA-1 on the card, so no digest can be handed to it.
    public static let isoApplet = CardProfile(
        family: "IsoApplet",
        applicationID: Fact(
            [0xF2, 0x76, 0xA2, 0x88, 0xBC, 0xFB, 0xA6, 0x9D, 0x34, 0xF3, 0x10, 0x01], .published, source: "isoapplet-v0"),
        candidates: [
            ATRCandidate("IsoApplet in the jCardSim simulator", [0x3B, 0x80, 0x80, 0x01, 0x01], .published, source: "isoapplet-v0")
        ],
        pin: Fact(
            PINRules(reference: 0x01, lengths: 4...16, alphabet: .digits, padding: .init(byte: 0x00, length: 16)), .published,
            source: "isoapplet-v0, AODF"),
        tries: Fact(3, .published, source: "isoapplet-v0"),
        signing: Fact(
            SigningDialect(rsaPKCS1: 0x11, ecdsa: nil, ecdsaSHA1: 0x21, addressing: .keyReference), .published,
            source: "isoapplet-v0, signatures verified"),
        structure: Fact(
            FileStructure(directory: [0x50, 0x15], privateKeys: [0x44, 0x02], certificates: [0x44, 0x04], pinIdentifier: [0xFF]),
            .published, source: "isoapplet-v0, as OpenSC 0.23 lays it out"))
}
