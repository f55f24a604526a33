/// An issuer that may give a card its name: whose certificates are on it, never its ATR, says what people call it.
public struct CardIssuer: Hashable, Sendable {
    /// The organisation in the certificate's issuer (`organizationName`, RFC 5280, appendix A.1), compared without case.
    public let organization: String
    /// The country there (`countryName`), two capital letters; `nil` where the issuer names none.
    public let country: String?
    /// What people call a card with such a certificate; `nil` for what the family is called.
    public let cardName: String?
    /// Whether one PIN guards all keys of its cards: then a key may be taken to be where its family has it (``KeyPlace``).
    ///
    /// Other cards of the family have a PIN of its own for each key, and a PIN under the wrong reference costs a try.
    public let hasOnePIN: Bool

    /// An issuer.
    public init(organization: String, country: String?, cardName: String?, hasOnePIN: Bool = false) {
        self.organization = organization
        self.country = country
        self.cardName = cardName
        self.hasOnePIN = hasOnePIN
    }

    /// Whether a certificate's issuer with these attributes is this one.
    public func matches(organization: String?, country: String?) -> Bool {
        organization?.lowercased() == self.organization.lowercased() && country?.uppercased() == self.country
    }
}
