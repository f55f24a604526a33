internal import ISO7816

/// What is known of Gemalto's two card families that LuxTrust's cards and sticks belong to, as an emulated card needs it.
///
/// Concluded from sibling products unless it says otherwise, and never seen on a real card: a real one may differ.
public enum IASClassicFamily: String, CaseIterable, Hashable, Sendable {
    /// IAS Classic v4 and v5: the current smartcard.
    case v4
    /// Classic V3: the signing stick, and older smartcards.
    case v3

    /// The application's name, which the card as a whole answers to.
    var name: [UInt8] {
        switch self {
        case .v4: [0xA0, 0x00, 0x00, 0x00, 0x18, 0x40, 0x00, 0x00, 0x01, 0x63, 0x42, 0x00]
        case .v3: [0xA0, 0x00, 0x00, 0x00, 0x18, 0x0C, 0x00, 0x00, 0x01, 0x63, 0x42, 0x00]
        }
    }

    /// Answer-to-Reset, T=0 alone; published (pcsc-tools; open-eid/chrome-token-signing, issue 113).
    var atrT0: [UInt8] {
        switch self {
        case .v4:
            [0x3B, 0x7F, 0x96, 0x00, 0x00, 0x80, 0x31, 0x80, 0x65, 0xB0, 0x85, 0x05, 0x00, 0x11, 0x12, 0x0F, 0xFF, 0x82, 0x90, 0x00]
        case .v3: [0x3B, 0x7D, 0x96, 0x00, 0x00, 0x80, 0x31, 0x80, 0x65, 0xB0, 0x83, 0x02, 0x01, 0xF3, 0x83, 0x00, 0x90, 0x00]
        }
    }

    /// The same with T=1 instead, which no card of LuxTrust is known to offer: TD1 = 81, TD2 = 31, IFSC FE, BWI/CWI 43, and TCK.
    var atrT1: [UInt8] {
        let historical = Array(atrT0.dropFirst(5))
        let bytes = [0x3B, 0xF0 | UInt8(truncatingIfNeeded: historical.count), 0x96, 0x00, 0x00, 0x81, 0x31, 0xFE, 0x43] + historical
        return bytes + [bytes.dropFirst().reduce(0, ^)]
    }

    /// The PKCS#15 directory, what its files call things, and the PIN: reference 11, filled with `00` to 12 bytes.
    ///
    /// The object labels are published: what the official middleware shows of a stick, whose token it calls GemP15-1.
    var layout: PKCS15Layout {
        let format = ReferenceData.Format(lengths: 4...12, digitsOnly: true, paddedLength: 12, padding: 0x00)
        return PKCS15Layout(
            name: name, directoryHasName: false, directory: 0x5000, applicationLabel: "Gem P15", label: "Gem P15",
            manufacturer: "Tessera Test", pin: .init(label: "User PIN", reference: 0x11, format: format, pukFormat: format),
            objectLabels: ["User Cert Auth", "User Cert Sig"], directoryBlock: 128, keyReferences: [0x01, 0x02])
    }

    /// Signing takes two steps: PSO: HASH brings the digest, PSO: COMPUTE DIGITAL SIGNATURE without data signs it.
    ///
    /// Algorithm references: `02` a DigestInfo from the host, `12` SHA-1, `42` SHA-256. What a card does at the end of a
    /// file, without a PIN, or when its application is selected anew is a guess. Sibling identity cards tell a PIN's tries
    /// through GET DATA, too.
    var style: FileSystemStyle {
        let modern: [UInt8: SigningAlgorithm] = [0x02: .rsaPKCS1(nil), 0x42: .rsaPKCS1(.sha256)]
        return FileSystemStyle(
            endOfFile: .shortens, readNeedsLength: false, informationNeedsLength: false, longestRead: 65_536,
            signatureWithoutPIN: .securityStatusNotSatisfied, loginSurvivesSelect: false, tellsTriesAsData: self == .v4,
            hasDeauthenticate: false,
            keyAddressing: .reference, algorithms: self == .v4 ? modern : modern.merging([0x12: .rsaPKCS1(.sha1)]) { old, _ in old })
    }
}
