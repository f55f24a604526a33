extension CardProfile {
    /// Cryptographic information in files, whoever made the card; ISO/IEC 7816-15.
    public static let pkcs15 = CardProfile(
        family: "PKCS#15",
        applicationID: Fact(Array([0xA0, 0x00, 0x00, 0x00, 0x63] + Array("PKCS-15".utf8)), .stated, source: "ISO/IEC 7816-15, 7.3"))
}
