/// Where the files of a PKCS#15 application lie, and what its PIN is; ISO/IEC 7816-15, 7.
struct PKCS15Layout: Sendable {
    /// How the card behaves around these files.
    let style: FileSystemStyle.Name
    /// The application's name (AID) in EF.DIR.
    let name: [UInt8]
    /// Which file SELECT finds by that name.
    let named: NamedFile
    /// What EF.DIR calls it, where that is another name.
    var listedName: [UInt8]?
    /// The application's directory, below the master file.
    let directory: UInt16
    /// Where in it the directory files and the certificates are.
    var files = Files()
    /// What EF.DIR calls the application.
    let applicationLabel: String
    /// What TokenInfo calls the token.
    let label: String
    /// Who made the card, as TokenInfo has it.
    let manufacturer: String
    /// What the PIN is called, its reference in VERIFY, and how it travels.
    let pin: PIN
    /// What the two certificates and keys are called: authentication, signature.
    let objectLabels: [String]
    /// Directory files are filled up with `00` to a multiple of this; 1 for no filling.
    let directoryBlock: Int
    /// The numbers of the two keys, where they have no files.
    var keyReferences: [UInt8]?
    /// Whether the card tells by itself how its keys sign, has EF.DIR in records, and environments to restore.
    var isSelfDescribing = false

    /// The identifiers of files in the application's directory.
    struct Files: Sendable {
        /// AODF.
        var authentication: UInt16 = 0x4401
        /// PrKDF.
        var privateKeys: UInt16 = 0x4402
        /// CDF.
        var certificates: UInt16 = 0x4403
        /// PuKDF.
        var publicKeys: UInt16 = 0x4404
        /// The certificates, of the authentication key and of the signature key.
        var certificate: [UInt16] = [0x4301, 0x4302]
    }

    /// A file that an application's name leads to.
    enum NamedFile: Sendable { case master, directory }

    /// One PIN with its PUK.
    struct PIN: Sendable {
        let label: String
        let reference: UInt8
        let format: ReferenceData.Format
        let pukFormat: ReferenceData.Format
        /// The PUK's own reference; `nil` where the AODF does not have it.
        var pukReference: UInt8?
    }

    /// EF(ODF); 7.5.
    static let objectDirectory: UInt16 = 0x5031
    /// EF(CIAInfo), which everybody calls TokenInfo; 7.7.
    static let tokenInfo: UInt16 = 0x5032
    /// EF.DIR, below the master file; ISO/IEC 7816-4, 12.2.
    static let applicationDirectory: UInt16 = 0x2F00
}

extension PKCS15Layout {
    /// PKCS#15's own name; ISO/IEC 7816-15, 7.3.
    static let pkcs15Name: [UInt8] = Array([0xA0, 0x00, 0x00, 0x00, 0x63] + Array("PKCS-15".utf8))

    /// As on a MyEID or OsEID card.
    static let osEID = PKCS15Layout(
        style: .osEID, name: pkcs15Name, named: .directory, directory: 0x5015, applicationLabel: "Tessera Test", label: "Tessera Test",
        manufacturer: "Aventra Ltd.",
        pin: PIN(
            label: "User PIN", reference: 0x01,
            format: .init(lengths: 4...8, digitsOnly: false, paddedLength: 8, padding: 0xFF),
            pukFormat: .init(lengths: 4...8, digitsOnly: false, paddedLength: 8, padding: 0xFF)),
        objectLabels: ["Authentication", "Signature"], directoryBlock: 128, keyReferences: nil)

    /// A card that no driver knows and that says of itself what a driver needs; the PIN is local to the application.
    static let iso = PKCS15Layout(
        style: .iso, name: pkcs15Name, named: .directory, directory: 0x5015, applicationLabel: "Tessera Test", label: "Tessera ISO card",
        manufacturer: "Tessera",
        pin: PIN(
            label: "User PIN", reference: 0x81,
            format: .init(lengths: 4...12, digitsOnly: true, paddedLength: 12, padding: 0x00),
            pukFormat: .init(lengths: 8...12, digitsOnly: true, paddedLength: 12, padding: 0x00), pukReference: 0x82),
        objectLabels: ["Authentication", "Signature"], directoryBlock: 1, keyReferences: [0x81, 0x82], isSelfDescribing: true)
}
