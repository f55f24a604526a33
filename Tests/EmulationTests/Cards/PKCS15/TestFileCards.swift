import ISO7816

@testable import Emulation

/// PKCS#15 and IAS Classic cards for these tests; keys are made once for each kind.
enum TestFileCards {
    private static let rsa = Result { try make(.osEID, .rsa2048) }
    private static let p256 = Result { try make(.osEID, .p256) }
    private static let p384 = Result { try make(.osEID, .p384) }
    private static let isoRSA = Result { try make(.iso, .rsa2048) }
    private static let isoP256 = Result { try make(.iso, .p256) }
    private static let closed = Result { try make(.closed, .rsa2048) }
    private static let ias = Result { try make(IASClassicFamily.v4.layout, .rsa2048) }
    private static let classic = Result { try make(IASClassicFamily.v3.layout, .rsa2048) }

    private static func make(_ layout: PKCS15Layout, _ kind: CardKeyKind) throws -> PKCS15Content {
        try PKCS15Content(
            layout, holder: "Test Holder", keys: kind, authority: TestCards.authority(), now: TestCards.now,
            identifier: TestCards.identifier)
    }

    static func content(_ kind: CardKeyKind) throws -> PKCS15Content {
        switch kind {
        case .rsa2048: try rsa.get()
        case .rsa3072, .rsa4096: try make(.osEID, kind)
        case .p256: try p256.get()
        case .p384: try p384.get()
        }
    }

    /// An OsEID twin with power, and no file selected but the master file.
    static func osEID(
        _ kind: CardKeyKind = .p256, pin: String = "123456", tries: UInt8 = 3, transmission: CardTransmission = .t1,
        extendedLength: Bool = true
    ) throws -> VirtualCard {
        let guarded = try FreshPIN(pin, puk: "12345678", for: .osEID, tries: tries)
        let card = try VirtualCard.pkcs15(
            content(kind), pin: guarded, transmission: transmission, extendedLength: extendedLength)
        card.powerOn()
        return card
    }

    static func content(_ family: IASClassicFamily) throws -> PKCS15Content {
        switch family {
        case .v4: try ias.get()
        case .v3: try classic.get()
        }
    }

    /// An IAS Classic twin with power.
    static func iasClassic(_ family: IASClassicFamily = .v4, _ transmission: CardTransmission = .t1) throws -> VirtualCard {
        let guarded = try FreshPIN("123456", puk: "12345678", for: family.layout, tries: 3)
        let card = try VirtualCard.iasClassic(family, content(family), pin: guarded, transmission: transmission)
        card.powerOn()
        return card
    }

    /// A card that does as the standards say, with power.
    static func iso(
        _ kind: CardKeyKind = .p256, tries: UInt8 = 3, transmission: CardTransmission = .t1, extendedLength: Bool = true
    ) throws -> VirtualCard {
        let pin = try FreshPIN("123456", puk: "12345678", for: .iso, tries: tries)
        let content = try kind == .rsa2048 ? isoRSA.get() : kind == .p256 ? isoP256.get() : make(.iso, kind)
        let card = try VirtualCard.isoPKCS15(content, pin: pin, transmission: transmission, extendedLength: extendedLength)
        card.powerOn()
        return card
    }

    /// An identity card that nobody has opened, with power.
    static func eID(_ model: EIDModel) throws -> VirtualCard {
        let content = try closed.get()
        let card = try VirtualCard.eID(model, content, pin: FreshPIN("123456", puk: "12345678", for: content.layout, tries: 3))
        card.powerOn()
        return card
    }
}
