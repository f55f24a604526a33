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
        Summary(title: content.title, lines: [.init("Origin", origin.value)] + content.lines + (role?.lines ?? []))
    }
}

extension Challenge.Content {
    fileprivate var title: String {
        switch self {
        case .login: "Login"
        case .beneficiary: "New beneficiary"
        case .payment: "Payment"
        case .activation: "New device"
        case .batch(let batch): if case .trusted = batch.transfers { "Batch to trusted beneficiaries" } else { "Batch" }
        }
    }

    fileprivate var lines: [Summary.Line] {
        switch self {
        case .login(let login): [.init("Place", login.place.value), .init("Browser", login.browser.value)]
        case .beneficiary(let beneficiary): [.init("IBAN", beneficiary.iban.grouped), .init("Name", beneficiary.name.value)]
        case .payment(let payment):
            [
                .init("IBAN", payment.iban.grouped), .init("Amount", payment.amount.description), .init("Payee", payment.payee.value),
                .init("Reference", payment.reference.value),
            ]
        case .activation(let activation): [.init("Product", activation.product.value), .init("Device", activation.device.value)]
        case .batch(let batch): [.init("Total", batch.total.description), .init("Payments", String(batch.count))] + batch.listedLines
        }
    }
}

extension Batch {
    fileprivate var listedLines: [Summary.Line] {
        guard case .listed(let transfers) = transfers else { return [] }
        return transfers.enumerated().flatMap { index, transfer -> [Summary.Line] in
            [
                .init("IBAN \(index + 1)", transfer.iban.grouped), .init("Payee \(index + 1)", transfer.payee.value),
                .init("Amount \(index + 1)", transfer.amount.description),
            ]
        }
    }
}

extension SignerRole {
    fileprivate var lines: [Summary.Line] {
        [.init("Rule", rule.value), .init("Role", role.value), .init("Signature", "\(number) of \(of)")]
    }
}
