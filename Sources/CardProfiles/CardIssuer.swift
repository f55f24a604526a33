/// An issuer that may give a card its name: whose certificates are on it, never its ATR, says what people call it.
public struct CardIssuer: Hashable, Sendable {
    /// The organisation in the certificate's issuer (`organizationName`, RFC 5280, appendix A.1), compared without case.
    public let organization: String
    /// The country there (`countryName`), two capital letters.
    public let country: String
    /// What people call a card with such a certificate.
    public let cardName: String

    /// An issuer.
    public init(organization: String, country: String, cardName: String) {
        self.organization = organization
        self.country = country
        self.cardName = cardName
    }

    /// Whether a certificate's issuer with these attributes is this one.
    public func matches(organization: String?, country: String?) -> Bool {
        organization?.lowercased() == self.organization.lowercased() && country?.uppercased() == self.country
    }
}
