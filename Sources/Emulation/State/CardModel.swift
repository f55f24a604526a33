/// A card that can be emulated as a whole: what is on it, what it says of itself, how it behaves.
///
/// The raw value is what a state file and the program call it.
public enum CardModel: String, CaseIterable, Hashable, Sendable {
    /// The current LuxTrust smartcard: IAS Classic v4, RSA 2048, PIN reference 11.
    ///
    /// The ATR is published. What the card does behind it is inferred from sibling products (see ``IASClassicFamily``).
    case luxTrustSmartcard = "ias-classic"
    /// The LuxTrust signing stick and the older smartcards: Classic V3, RSA 2048, PIN reference 11.
    ///
    /// The ATR, the token's label and those of its certificates are published. The rest is inferred from sibling products.
    case luxTrustStick = "classic-v3"
    /// The Luxembourg identity card of 2014, contactless.
    ///
    /// The ATR is published, and that PACE comes before everything. What lies behind is inferred from sibling products.
    case luxembourgEID = "eid"
    /// PIV; SP 800-73-4, whose tests OpenSC and yubico-piv-tool are.
    case piv
    /// PKCS#15 (ISO/IEC 7816-15): as an OsEID card has it, whose behaviour was recorded, or as the standards alone have it.
    case pkcs15

    /// Whether the card's behaviour is inferred from sibling products, and was not seen on the card itself.
    public var isInferred: Bool {
        switch self {
        case .luxTrustSmartcard, .luxTrustStick, .luxembourgEID: true
        case .piv, .pkcs15: false
        }
    }
}
