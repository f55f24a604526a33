public import ISO7816

/// What is known of a card family, as data: drivers and emulated cards read the same facts.
public struct CardProfile: Hashable, Sendable {
    /// What people call the family: "PIV", "IsoApplet".
    public let family: String
    /// The application identifier that SELECT confirms it by.
    public let applicationID: Fact<[UInt8]>
    /// Cards of this family that are known by their ATR; a match only decides what is tried first.
    public let candidates: [ATRCandidate]
    /// The cardholder's PIN; `nil` where every card says it of itself, as PKCS#15 cards do in their AODF.
    public let pin: Fact<PINRules>?
    /// The wrong PINs in a row that block a fresh card; `nil` where the issuer decides and nothing is known.
    public let tries: Fact<Int>?
    /// The manufacturer that the card's own TokenInfo has to name before the dialect counts; `nil` where the AID says enough.
    public let manufacturer: String?
    /// How a signature is asked for; `nil` where the application's standard says it, or nothing is known.
    public let signing: Fact<SigningDialect>?

    /// A family.
    public init(
        family: String, applicationID: Fact<[UInt8]>, candidates: [ATRCandidate] = [], pin: Fact<PINRules>? = nil, tries: Fact<Int>? = nil,
        manufacturer: String? = nil, signing: Fact<SigningDialect>? = nil
    ) {
        self.family = family
        self.applicationID = applicationID
        self.candidates = candidates
        self.pin = pin
        self.tries = tries
        self.manufacturer = manufacturer
        self.signing = signing
    }
}

extension CardProfile {
    /// Personal Identity Verification; NIST SP 800-73-4.
    public static let piv = CardProfile(
        family: "PIV",
        applicationID: Fact(
            [0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00], .stated,
            source: "NIST SP 800-73-4, part 1, 2.2, right-truncated before the version"),
        candidates: [ATRCandidate("PivApplet in the jCardSim simulator", [0x3B, 0x80, 0x80, 0x01, 0x01], .published, source: "pivapplet")],
        pin: Fact(
            .piv, .stated, source: "NIST SP 800-73-4, part 2, 2.4.3"),
        tries: Fact(5, .stated, source: "the bank's FAQ on smartcards; SP 800-73-4 leaves the number to the issuer"))

    /// Cryptographic information in files, whoever made the card; ISO/IEC 7816-15.
    public static let pkcs15 = CardProfile(
        family: "PKCS#15",
        applicationID: Fact(Array([0xA0, 0x00, 0x00, 0x00, 0x63] + Array("PKCS-15".utf8)), .stated, source: "ISO/IEC 7816-15, 7.3"))

    /// Aventra's MyEID, and the cards that do as it does (OsEID).
    public static let myEID = CardProfile(
        family: "MyEID",
        applicationID: pkcs15.applicationID,
        candidates: [
            ATRCandidate(
                "OsEID", [0x3B, 0xF5, 0x18, 0x00, 0x02, 0x80, 0x01, 0x4F, 0x73, 0x45, 0x49, 0x44, 0x1A], .published, source: "oseid")
        ],
        manufacturer: "Aventra Ltd.",
        signing: Fact(SigningDialect(rsaPKCS1: 0x02, ecdsa: 0x04, addressing: .keyFile), .published, source: "oseid, signatures verified"))

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
        signing: Fact(
            SigningDialect(rsaPKCS1: 0x11, ecdsa: nil, addressing: .keyReference), .published, source: "isoapplet-v0, signatures verified"))

    /// Every family whose application Tessera knows, in the order in which an unknown card is asked.
    public static let all: [CardProfile] = [piv, pkcs15, myEID, isoApplet]

    /// What to ask a card with this ATR for: one profile for each application identifier, those of matching candidates first.
    public static func probes(for atr: ATR) -> [CardProfile] {
        let matching = all.filter { $0.candidates.contains { $0.pattern.value.matches(atr) } }
        var probes: [CardProfile] = []
        for profile in matching + all where !probes.contains(where: { $0.applicationID.value == profile.applicationID.value }) {
            probes.append(profile)
        }
        return probes
    }
}
