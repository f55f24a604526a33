internal import CardProfiles
internal import ISO7816

/// Where cards with files differ within the standard; an emulated card behaves like one of them, and says which.
struct FileSystemStyle: Sendable {
    /// The styles there are; their names stand in the card's memory.
    enum Name: String, CaseIterable, Hashable, Sendable {
        /// A card that does what the standards say, and nothing else.
        case iso = "ISO 7816"
        case osEID = "OsEID"
        case iasClassic = "IAS Classic"
        case classicV3 = "Classic V3"
        /// An identity card before PACE.
        case closed = "before PACE"
    }

    /// What READ BINARY does at the end of a file.
    enum EndOfFile: Sendable {
        /// A read that would go beyond gives `6282` and no data; Le 00 asks for what there is (OsEID).
        case refuses
        /// A read gives what is left with `9000`, and `6B00` from the end on (IsoApplet).
        case shortens
        /// A read gives what is left with `6282`, and `6B00` from the end on; ISO/IEC 7816-4, 11.3.3, table 6.
        case warns
    }

    /// How a control reference template names the key.
    enum KeyAddressing: Sendable {
        /// The key's file is selected first, its identifier stands in tag `81`, and tag `84` is 00.
        case file
        /// Tag `84` has the key's number.
        case reference
    }

    var endOfFile: EndOfFile
    /// Whether READ BINARY without Le is `6700`; otherwise it reads nothing.
    var readNeedsLength = false
    /// Whether SELECT answers with file control information only when there is an Le.
    var informationNeedsLength = false
    var information = FileControlInformation.Form.myEID
    /// The most bytes that one READ BINARY gives, whatever Le says.
    var longestRead = 65_536
    /// The answer to a signature without the PIN.
    var signatureWithoutPIN = StatusWord.securityStatusNotSatisfied
    /// Whether selecting the application anew leaves the logins alone.
    var loginSurvivesSelect = false
    /// Whether the wrong PIN that spends the last try is `6983` already; otherwise it is `63C0` (ISO/IEC 7816-4, table 6).
    var tellsBlockAtOnce = false
    /// Whether GET DATA (INS CB) tells a PIN's tries.
    var tellsTriesAsData = false
    /// Whether SELECT by identifier (P1 = 00) also finds a file in a directory below the current one.
    var findsFilesBelow = false
    /// Whether SELECT by path begins at the master file only (P1 = 08).
    var hasNoRelativePaths = false
    /// Whether INS 2E ends the logins.
    var hasDeauthenticate = false
    /// Whether nothing is possible but SELECT by name and GET CHALLENGE: everything else answers `6982`, whether there is such a
    /// file or not.
    var isClosed = false
    var keyAddressing = KeyAddressing.reference
    /// What the algorithm references of tag `80` stand for.
    var algorithms: [UInt8: CardAlgorithm] = [:]
    /// Whether a new control reference template replaces all others, not only that for the same purpose.
    var hasOneTemplate = true
    /// Whether keys decipher, too, and new ones can be made, as far as access conditions allow.
    var hasDecipherAndGenerate = false

    init(endOfFile: EndOfFile) { self.endOfFile = endOfFile }
}

extension FileSystemStyle {
    /// The style with this name.
    init(_ name: Name) {
        switch name {
        case .iso: self = .iso
        case .osEID: self = .osEID
        case .iasClassic: self = .classic(.iasClassic)
        case .classicV3: self = .classic(.classicV3)
        case .closed:
            self = .classic(.luxembourgEID)
            isClosed = true
        }
    }

    /// OsEID, which does as MyEID does; every line was seen on it, but for ``tellsBlockAtOnce``, which its source says
    /// (`fs_verify_pin`; IsoApplet does the same).
    private static var osEID: FileSystemStyle {
        var style = FileSystemStyle(endOfFile: .refuses)
        style.readNeedsLength = true
        style.informationNeedsLength = true
        style.longestRead = 256
        style.signatureWithoutPIN = .conditionsNotSatisfied
        style.loginSurvivesSelect = true
        style.tellsBlockAtOnce = true
        style.hasDeauthenticate = true
        style.keyAddressing = .file
        style.algorithms = [0x00: .rawRSA, 0x02: .rsaPKCS1(nil), 0x04: .ecdsa]
        return style
    }

    /// ISO/IEC 7816-4 and 7816-8; the algorithm references, which no standard gives, are those that TokenInfo names.
    private static var iso: FileSystemStyle {
        var style = FileSystemStyle(endOfFile: .warns)
        style.information = .compact
        style.loginSurvivesSelect = true
        style.algorithms = Dictionary(uniqueKeysWithValues: PKCS15Algorithm.allCases.map { ($0.cardReference, $0.algorithm) })
        style.hasOneTemplate = false
        style.hasDecipherAndGenerate = true
        return style
    }

    /// What the profile of Gemalto's two families says, and how SELECT was seen on the Uruguayan identity card (firmauy,
    /// docs/card-protocol.md; eIDuy/apdu-services); what a card does at the end of a file, without a PIN, at the PIN that blocks it, or
    /// when its application is selected anew is a guess.
    private static func classic(_ profile: CardProfile) -> FileSystemStyle {
        var style = FileSystemStyle(endOfFile: .shortens)
        style.information = .classic
        style.findsFilesBelow = true
        style.hasNoRelativePaths = true
        style.tellsTriesAsData = profile.triesQuery != nil
        for (scheme, reference) in profile.signing?.value.algorithms ?? [:] { style.algorithms[reference] = CardAlgorithm(scheme) }
        return style
    }
}

extension CardAlgorithm {
    /// What a card does that the profile says this of; `nil` for what no emulated card does.
    fileprivate init?(_ scheme: SigningDialect.Scheme) {
        switch scheme {
        case .rsaDigestInfo: self = .rsaPKCS1(nil)
        case .rsaSHA1: self = .rsaPKCS1(.sha1)
        case .rsaSHA256: self = .rsaPKCS1(.sha256)
        case .rsaSHA384: self = .rsaPKCS1(.sha384)
        case .ecdsa: self = .ecdsa
        case .ecdsaSHA1: return nil
        }
    }
}
