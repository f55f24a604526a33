/// Money that is to leave an account.
///
/// RTS Art. 5 wants payee and amount seen before they are agreed to.
public struct Payment: Hashable, Sendable {
    /// The most bytes that a payee's name can have.
    public static let payeeLimit = 105
    /// The most bytes that a reference can have.
    public static let referenceLimit = 70

    /// The account that receives it.
    public let iban: IBAN
    /// How much.
    public let amount: Amount
    /// Who receives it, at most 105 bytes.
    public let payee: DisplayText
    /// What the payer wrote, at most 70 bytes; may be empty.
    public let reference: DisplayText

    /// A payment of checked parts.
    ///
    /// - Throws: ``ContentError`` for a name or reference that cannot be shown whole and plainly.
    public init(iban: IBAN, amount: Amount, payee: String, reference: String = "") throws(ContentError) {
        self.iban = iban
        self.amount = amount
        self.payee = try DisplayText(payee, field: "payee", limit: Self.payeeLimit)
        self.reference = try DisplayText(reference, field: "reference", limit: Self.referenceLimit, mayBeEmpty: true)
    }
}

/// Someone who may be paid from now on.
public struct Beneficiary: Hashable, Sendable {
    /// The account.
    public let iban: IBAN
    /// Whose it is, at most 105 bytes.
    public let name: DisplayText

    /// A beneficiary of checked parts.
    ///
    /// - Throws: ``ContentError`` for a name that cannot be shown whole and plainly.
    public init(iban: IBAN, name: String) throws(ContentError) {
        self.iban = iban
        self.name = try DisplayText(name, field: "name", limit: Payment.payeeLimit)
    }
}

/// A login: what the person can compare with where they are.
public struct Login: Hashable, Sendable {
    /// The most bytes of each field.
    public static let limit = 64

    /// Where the request came from, as far as the bank can tell.
    public let place: DisplayText
    /// The program that asks.
    public let browser: DisplayText

    /// A login of checked parts.
    ///
    /// - Throws: ``ContentError`` for text that cannot be shown whole and plainly.
    public init(place: String, browser: String) throws(ContentError) {
        self.place = try DisplayText(place, field: "place", limit: Self.limit, mayBeEmpty: true)
        self.browser = try DisplayText(browser, field: "browser", limit: Self.limit, mayBeEmpty: true)
    }
}
