internal import ISO7816

/// Where cards with files differ within the standard; an emulated card behaves like one of them, and says which.
struct FileSystemStyle: Sendable {
    /// What READ BINARY does at the end of a file.
    enum EndOfFile: Sendable {
        /// A read that would go beyond gives `6282` and no data; Le 00 asks for what there is (OsEID).
        case refuses
        /// A read gives what is left with `9000`, and `6B00` from the end on (IsoApplet).
        case shortens
    }

    /// How a control reference template names the key.
    enum KeyAddressing: Sendable {
        /// The key's file is selected first, its identifier stands in tag `81`, and tag `84` is 00.
        case file
        /// Tag `84` has the key's number.
        case reference
    }

    let endOfFile: EndOfFile
    /// Whether READ BINARY without Le is `6700`; otherwise it reads nothing.
    let readNeedsLength: Bool
    /// Whether SELECT answers with file control information only when there is an Le.
    let informationNeedsLength: Bool
    /// The most bytes that one READ BINARY gives, whatever Le says.
    let longestRead: Int
    /// The answer to a signature without the PIN.
    let signatureWithoutPIN: StatusWord
    /// Whether selecting the application anew leaves the logins alone.
    let loginSurvivesSelect: Bool
    /// Whether GET DATA (INS CB) tells a PIN's tries.
    let tellsTriesAsData: Bool
    /// Whether INS 2E ends the logins.
    let hasDeauthenticate: Bool
    let keyAddressing: KeyAddressing
    /// What the algorithm references of tag `80` stand for.
    let algorithms: [UInt8: SigningAlgorithm]
}

extension FileSystemStyle {
    /// OsEID, which does as MyEID does; every line was seen on it.
    static let osEID = FileSystemStyle(
        endOfFile: .refuses, readNeedsLength: true, informationNeedsLength: true, longestRead: 256,
        signatureWithoutPIN: .conditionsNotSatisfied, loginSurvivesSelect: true, tellsTriesAsData: false, hasDeauthenticate: true,
        keyAddressing: .file,
        algorithms: [0x00: .rawRSA, 0x02: .rsaPKCS1(nil), 0x04: .ecdsa])
}
