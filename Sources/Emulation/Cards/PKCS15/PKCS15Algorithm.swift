/// An algorithm that a card says it has, by itself: `AlgorithmInfo` of EF.TokenInfo; ISO/IEC 7816-15, 8.10.
///
/// Keys name those that they take (`algReference`). With this a driver needs no knowledge of the card to sign.
enum PKCS15Algorithm: Int, CaseIterable, Hashable, Sendable {
    /// RSA with PKCS#1 v1.5 over a DigestInfo from the host.
    case rsaPKCS1 = 1
    /// The same, where the card writes the DigestInfo.
    case rsaSHA256, rsaSHA384, rsaSHA512
    /// RSA without padding.
    case rawRSA
    /// ECDSA over a digest.
    case ecdsa

    /// Those that a key of this kind takes.
    static func all(for kind: CardKeyKind) -> [PKCS15Algorithm] { kind.curve == nil ? allCases.filter { $0 != .ecdsa } : [.ecdsa] }

    /// The mechanism in PKCS#11's numbers; PKCS #11 v2.40, base, table 45.
    var mechanism: Int {
        switch self {
        case .rsaPKCS1: 0x0001
        case .rawRSA: 0x0003
        case .rsaSHA256: 0x0040
        case .rsaSHA384: 0x0041
        case .rsaSHA512: 0x0042
        case .ecdsa: 0x1041
        }
    }

    /// What tag `80` of a control reference template calls it.
    var cardReference: UInt8 {
        switch self {
        case .rsaPKCS1: 0x02
        case .rawRSA: 0x01
        case .rsaSHA256: 0x42
        case .rsaSHA384: 0x52
        case .rsaSHA512: 0x62
        case .ecdsa: 0x04
        }
    }

    /// What the card does then.
    var algorithm: CardAlgorithm {
        switch self {
        case .rsaPKCS1: .rsaPKCS1(nil)
        case .rawRSA: .rawRSA
        case .rsaSHA256: .rsaPKCS1(.sha256)
        case .rsaSHA384: .rsaPKCS1(.sha384)
        case .rsaSHA512: .rsaPKCS1(.sha512)
        case .ecdsa: .ecdsa
        }
    }

    /// The bits of `Operations`: compute signatures (1), decipher (5), hash (6).
    var operations: [Int] {
        switch self {
        case .rsaPKCS1, .rawRSA: [1, 5]
        case .rsaSHA256, .rsaSHA384, .rsaSHA512: [1, 6]
        case .ecdsa: [1]
        }
    }
}
