/// One payment or several, as somebody typed them, and as the bridge takes them.
///
/// The second row's fields are `payee-2`, `iban-2`, `amount-2`, and so on; all are in one currency, and only one alone has a reference.
enum PaymentDraft {
    /// The rows behind the first.
    static let rows = 2...5
    /// The most payments that a device lists; of more it shows sum and number, where all payees are trusted.
    static let listed = 4

    private static let names = ["payee", "iban", "amount"]

    /// The names of all rows' fields.
    static let rowFields = names + rows.flatMap { row in names.map { "\($0)-\(row)" } }

    /// What the bridge is asked for: a payment, or a batch.
    ///
    /// - Parameter trusted: IBANs of whom the person trusts.
    static func content(of fields: [String: String], trusting trusted: Set<String>) -> JSONValue {
        let others = rows.filter { row in names.contains { fields["\($0)-\(row)"]?.isEmpty == false } }
        guard !others.isEmpty else {
            return .members([
                "kind": "payment", "iban": text(fields["iban"]), "amount": text(fields["amount"]), "currency": text(fields["currency"]),
                "payee": text(fields["payee"]), "reference": text(fields["reference"]),
            ])
        }
        let payments = ([""] + others.map { "-\($0)" }).map { suffix in
            Dictionary(uniqueKeysWithValues: names.map { ($0, fields[$0 + suffix] ?? "") })
        }
        let areTrusted = payments.count > listed && payments.allSatisfy { trusted.contains($0["iban"] ?? "") }
        let currency = fields["currency"] ?? ""
        let listed = payments.map { payment in
            JSONValue.object(payment.merging(["currency": currency]) { first, _ in first }.mapValues { .string($0) })
        }
        return .members(["kind": "batch", "payeesAreTrusted": areTrusted ? .bool(true) : nil, "payments": .array(listed)])
    }

    /// The fields of a transaction that is to be changed.
    static func fields(of transaction: JSONValue) -> [String: String] {
        let content = transaction["content"]
        var fields: [String: String] = [:]
        fields["account"] = transaction["account"]?.text
        fields["currency"] = content?["currency"]?.text
        let payments = content?["payments"]?.elements ?? []
        guard !payments.isEmpty else {
            for name in names + ["reference"] { fields[name] = content?[name]?.text }
            return fields
        }
        for (index, payment) in payments.enumerated() {
            for name in names { fields[index == 0 ? name : "\(name)-\(index + 1)"] = payment[name]?.text }
        }
        return fields
    }

    /// Left out where nothing was typed.
    private static func text(_ value: String?) -> JSONValue? { value.flatMap { $0.isEmpty ? nil : .string($0) } }
}
