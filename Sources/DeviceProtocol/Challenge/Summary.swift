/// What a person is shown of a challenge: the decoded fields as lines, in the order of the payload, and nothing else.
public struct Summary: Hashable, Sendable, Codable {
    /// One field: what it is and what it says.
    public struct Line: Hashable, Sendable, Codable {
        /// What it is: "Amount".
        public let label: String
        /// What it says: "12.50 EUR".
        public let text: String

        /// A line.
        public init(_ label: String, _ text: String) {
            self.label = label
            self.text = text
        }
    }

    /// What is asked: "Payment".
    public let title: String
    /// The fields.
    public let lines: [Line]

    /// A summary.
    public init(title: String, lines: [Line]) {
        self.title = title
        self.lines = lines
    }
}

extension Challenge {
    /// What a person is shown before agreeing.
    public var summary: Summary {
        let from = Summary.Line("Origin", origin.value)
        switch content {
        case .login(let login):
            return Summary(title: "Login", lines: [from, .init("Place", login.place.value), .init("Browser", login.browser.value)])
        case .beneficiary(let beneficiary):
            return Summary(
                title: "New beneficiary", lines: [from, .init("IBAN", beneficiary.iban.grouped), .init("Name", beneficiary.name.value)])
        case .payment(let payment):
            return Summary(
                title: "Payment",
                lines: [
                    from, .init("IBAN", payment.iban.grouped), .init("Amount", payment.amount.description),
                    .init("Payee", payment.payee.value), .init("Reference", payment.reference.value),
                ])
        }
    }
}
