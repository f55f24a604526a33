public import CardProfiles
internal import ISO7816

/// Gemalto's two card families that LuxTrust's cards and sticks belong to, as an emulated card needs them.
///
/// What is known stands in the family's ``profile``, the same that drives a real card; what is done with it is written here and
/// in ``FileSystemStyle``. Most of it was seen on a sibling, the Uruguayan identity card, and never on a LuxTrust card.
public enum IASClassicFamily: String, CaseIterable, Hashable, Sendable {
    /// IAS Classic v4 and v5: the current smartcard.
    case v4
    /// Classic V3: the signing stick, and older smartcards.
    case v3

    /// What is known of it, each fact with confidence and source.
    public var profile: CardProfile {
        switch self {
        case .v4: .iasClassic
        case .v3: .classicV3
        }
    }

    /// Which of the profile's cards it is.
    private var candidate: String {
        switch self {
        case .v4: "LuxTrust smartcard"
        case .v3: "LuxTrust signing stick"
        }
    }

    /// The application's name, which the card as a whole answers to.
    var name: [UInt8] { profile.applicationID.value }

    /// Answer-to-Reset, T=0 alone.
    var atrT0: [UInt8] { profile.candidates.first { $0.name == candidate }?.pattern.value.bytes ?? [] }

    /// The same with T=1 instead, which no card of LuxTrust is known to offer: TD1 = 81, TD2 = 31, IFSC FE, BWI/CWI 43, and TCK.
    var atrT1: [UInt8] {
        let historical = Array(atrT0.dropFirst(5))
        let bytes = [0x3B, 0xF0 | UInt8(truncatingIfNeeded: historical.count), 0x96, 0x00, 0x00, 0x81, 0x31, 0xFE, 0x43] + historical
        return bytes + [bytes.dropFirst().reduce(0, ^)]
    }

    /// The PKCS#15 files.
    var layout: PKCS15Layout { PKCS15Layout(profile, style: self == .v4 ? .iasClassic : .classicV3) }
}

extension PKCS15Layout {
    /// Files where a family of Gemalto's keeps them; the PUK travels as the PIN does, which is a guess.
    init(_ profile: CardProfile, style: FileSystemStyle.Name) {
        // Both families have one.
        let rules = profile.pin?.value ?? .piv
        let format = ReferenceData.Format(rules)
        let label = profile.structure?.value.label ?? profile.family
        let labels = profile.keyLabels?.value ?? []
        let structure = profile.structure?.value
        // The standard's name for the directory (ISO/IEC 7816-15, 7.4), with the token's; SELECT does not find it.
        let listed: [UInt8] = [0xE8, 0x28, 0xBD, 0x08, 0x0F, 0x01] + Array(label.utf8)
        self.init(
            style: style, name: profile.applicationID.value, named: .master, listedName: listed,
            directory: UInt16(bigEndian: (structure?.directory ?? []).suffix(2)) ?? 0x5015, files: structure.map(Files.init) ?? Files(),
            applicationLabel: label, label: label, manufacturer: "Tessera Test",
            pin: PIN(label: "User PIN", reference: rules.reference, format: format, pukFormat: format),
            objectLabels: [KeyLabel.Purpose.authentication, .signature].map { purpose in
                labels.first { $0.purpose == purpose }?.label ?? "\(purpose)"
            },
            directoryBlock: 128, keyReferences: structure?.keys.map(\.reference) ?? [0x01, 0x02])
    }
}

extension PKCS15Layout.Files {
    /// Files where a family's profile has them.
    init(_ structure: FileStructure) {
        self.init()
        authentication = structure.pins.flatMap(UInt16.init(bigEndian:)) ?? authentication
        privateKeys = structure.privateKeys.flatMap(UInt16.init(bigEndian:)) ?? privateKeys
        certificates = structure.certificates.flatMap(UInt16.init(bigEndian:)) ?? certificates
        publicKeys = structure.publicKeys.flatMap(UInt16.init(bigEndian:)) ?? publicKeys
        let places = structure.keys.compactMap { UInt16(bigEndian: $0.certificate) }
        certificate = places.count == certificate.count ? places : certificate
    }
}

extension ReferenceData.Format {
    /// How a PIN with these rules travels.
    init(_ rules: PINRules) {
        self.init(
            lengths: rules.lengths, digitsOnly: rules.alphabet == .digits, paddedLength: rules.padding?.length ?? rules.lengths.upperBound,
            padding: rules.padding?.byte ?? 0x00)
    }
}
