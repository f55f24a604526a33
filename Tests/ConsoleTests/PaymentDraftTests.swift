import Testing

@testable import Console

/// What was typed, and what the bridge is asked for: one payment, or several.
@Suite struct PaymentDraftTests {
    private let one = ["account": "LU1", "payee": "Bakery", "iban": "LU2", "amount": "12.50", "currency": "EUR", "reference": ""]

    private func several(_ count: Int) -> [String: String] {
        (2...count).reduce(into: one) { fields, row in
            fields["payee-\(row)"] = "Payee \(row)"
            fields["iban-\(row)"] = "LU2\(row)"
            fields["amount-\(row)"] = "\(row).00"
        }
    }

    @Test func `one row is a payment, without the reference that nobody typed`() {
        let content = PaymentDraft.content(of: one, trusting: [])
        #expect(content == ["kind": "payment", "iban": "LU2", "amount": "12.50", "currency": "EUR", "payee": "Bakery"])
    }

    @Test func `a row that was added and left empty is no payment`() {
        let fields = one.merging(["payee-2": "", "iban-2": "", "amount-2": ""]) { $1 }
        #expect(PaymentDraft.content(of: fields, trusting: [])["kind"] == "payment")
    }

    @Test func `several rows are a batch in one currency, in their order`() {
        let content = PaymentDraft.content(of: several(3), trusting: ["LU2", "LU22", "LU23"])
        #expect(content["kind"] == "batch" && content["payeesAreTrusted"] == nil)
        let payments = content["payments"]?.elements ?? []
        #expect(payments.map { $0["iban"]?.text } == ["LU2", "LU22", "LU23"])
        #expect(payments.allSatisfy { $0["currency"] == "EUR" })
        #expect(payments.last == ["iban": "LU23", "payee": "Payee 3", "amount": "3.00", "currency": "EUR"])
    }

    @Test func `more than four are shown as a sum, where all payees are trusted and only there`() {
        let trusted: Set = ["LU2", "LU22", "LU23", "LU24", "LU25"]
        #expect(PaymentDraft.content(of: several(5), trusting: trusted)["payeesAreTrusted"] == .bool(true))
        #expect(PaymentDraft.content(of: several(5), trusting: trusted.subtracting(["LU23"]))["payeesAreTrusted"] == nil)
        #expect(PaymentDraft.content(of: several(4), trusting: trusted)["payeesAreTrusted"] == nil)
    }

    @Test func `what is edited is what was typed`() {
        for fields in [one.filter { !$0.value.isEmpty }, several(5).filter { !$0.value.isEmpty }] {
            var content = PaymentDraft.content(of: fields, trusting: [])
            // The bridge tells a batch's currency beside its payments.
            if case .object(var members) = content, content["kind"] == "batch" {
                members["currency"] = "EUR"
                content = .object(members)
            }
            #expect(PaymentDraft.fields(of: ["account": "LU1", "content": content]) == fields)
        }
    }

    @Test func `the page's server admits each row's fields, and no sixth row's`() {
        #expect(PaymentDraft.rowFields.count == 15 && PaymentDraft.rowFields.contains("amount-5"))
        #expect(!PaymentDraft.rowFields.contains("amount-6") && !PaymentDraft.rowFields.contains("amount-1"))
    }
}
