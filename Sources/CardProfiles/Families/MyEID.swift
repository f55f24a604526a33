extension CardProfile {
    /// Aventra's MyEID, and cards that do as it does.
    public static let myEID = CardProfile(
        family: "MyEID",
        applicationID: pkcs15.applicationID,
        manufacturer: "Aventra Ltd.",
        signing: Fact(SigningDialect(rsaPKCS1: 0x02, ecdsa: 0x04, addressing: .keyFile), .published, source: "oseid, signatures verified"),
        structure: Fact(.myEID, .published, source: "OpenSC, myeid.profile; oseid"))

    /// OsEID, an open card that does as MyEID does; what it says of itself is the same, its ATR is its own.
    public static let osEID = CardProfile(
        family: "OsEID",
        applicationID: pkcs15.applicationID,
        candidates: [
            ATRCandidate(
                "OsEID", [0x3B, 0xF5, 0x18, 0x00, 0x02, 0x80, 0x01, 0x4F, 0x73, 0x45, 0x49, 0x44, 0x1A], .published, source: "oseid")
        ],
        pin: Fact(
            PINRules(reference: 0x01, lengths: 4...8, alphabet: .digits, padding: .init(byte: 0xFF, length: 8)), .published,
            source: "oseid, AODF"),
        tries: Fact(3, .published, source: "oseid"),
        signing: Fact(
            SigningDialect(rsaPKCS1: 0x02, ecdsa: 0x04, addressing: .keyFileIdentifier), .published,
            source: "oseid, signatures verified; popovec/oseid, myeid_emu.c: the file identifier alone finds the key"),
        structure: Fact(.myEID, .published, source: "oseid"))
}

extension FileStructure {
    /// Where OpenSC puts the files of a MyEID.
    static let myEID = FileStructure(
        directory: [0x50, 0x15], privateKeys: [0x44, 0x02], certificates: [0x44, 0x03], pinIdentifier: [0x01], isWholeCard: true)
}
