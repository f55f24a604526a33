import DeviceProtocol
import HTTPDoor

/// What is asked, in JSON: an object with `kind` and the members of that kind, and no other.
///
/// `{"kind": "payment", "iban": "LU28…", "amount": "12.50", "currency": "EUR", "payee": "Anna Muster", "reference": "Invoice 7"}`.
/// Amounts are text, because a number would be rounded on its way.
struct ContentForm: Sendable {
    let content: Challenge.Content

    init(_ content: Challenge.Content) { self.content = content }

    /// The kinds by their names.
    enum Kind: String, Codable, CaseIterable { case login, payment, batch, beneficiary, activation }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case kind, place, browser, iban, amount, currency, payee, reference, payments, payeesAreTrusted, name, product, device
        case total, count, digest
    }
}

extension ContentForm: Decodable {
    /// Reads the content and checks it.
    ///
    /// - Throws: ``HTTPDoor/Problem`` that names the member, or `DecodingError`.
    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        switch try members.word(Kind.self, .kind) {
        case .login:
            try members.refuseOthers(than: .kind, .place, .browser)
            let (place, browser) = (try members.text(.place), try members.text(.browser))
            content = .login(try members.check(.place) { () throws(ContentError) in try Login(place: place, browser: browser) })
        case .payment:
            try members.refuseOthers(than: .kind, .iban, .amount, .currency, .payee, .reference)
            let (iban, amount) = (try members.iban(.iban), try members.amount(.amount, .currency))
            let (payee, reference) = (try members.text(.payee), try members.text(.reference, or: ""))
            content = .payment(
                try members.check { () throws(ContentError) in
                    try Payment(iban: iban, amount: amount, payee: payee, reference: reference)
                })
        case .batch:
            try members.refuseOthers(than: .kind, .payments, .payeesAreTrusted)
            let payments = try members.value([TransferForm].self, .payments).map(\.transfer)
            let areTrusted = try members.optional(Bool.self, .payeesAreTrusted) ?? false
            content = .batch(
                try members.check(.payments) { () throws(ContentError) in try Batch(payments, payeesAreTrusted: areTrusted) })
        case .beneficiary:
            try members.refuseOthers(than: .kind, .iban, .name)
            let (iban, name) = (try members.iban(.iban), try members.text(.name))
            content = .beneficiary(try members.check { () throws(ContentError) in try Beneficiary(iban: iban, name: name) })
        case .activation:
            try members.refuseOthers(than: .kind, .product, .device)
            let (product, device) = (try members.text(.product), try members.text(.device))
            content = .activation(try members.check { () throws(ContentError) in try Activation(product: product, device: device) })
        }
    }
}

extension ContentForm: Encodable {
    /// Writes what ``init(from:)`` reads; a batch that stands as a hash has `total`, `currency`, `count` and `digest` in place of payments.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch content {
        case .login(let login):
            try container.encode(Kind.login, forKey: .kind)
            try container.encode(login.place.value, forKey: .place)
            try container.encode(login.browser.value, forKey: .browser)
        case .payment(let payment):
            try container.encode(Kind.payment, forKey: .kind)
            try container.encode(payment.iban.value, forKey: .iban)
            try container.encode(payment.amount.decimal, forKey: .amount)
            try container.encode(payment.amount.currency.code, forKey: .currency)
            try container.encode(payment.payee.value, forKey: .payee)
            try container.encode(payment.reference.value, forKey: .reference)
        case .batch(let batch):
            try container.encode(Kind.batch, forKey: .kind)
            try container.encode(batch.total.decimal, forKey: .total)
            try container.encode(batch.total.currency.code, forKey: .currency)
            try container.encode(batch.count, forKey: .count)
            switch batch.transfers {
            case .listed(let transfers): try container.encode(transfers.map(TransferForm.init), forKey: .payments)
            case .trusted(let digest): try container.encode(digest.lowercaseHexadecimal, forKey: .digest)
            }
        case .beneficiary(let beneficiary):
            try container.encode(Kind.beneficiary, forKey: .kind)
            try container.encode(beneficiary.iban.value, forKey: .iban)
            try container.encode(beneficiary.name.value, forKey: .name)
        case .activation(let activation):
            try container.encode(Kind.activation, forKey: .kind)
            try container.encode(activation.product.value, forKey: .product)
            try container.encode(activation.device.value, forKey: .device)
        }
    }
}

/// One payment of a batch, in JSON.
struct TransferForm: Codable, Sendable {
    let transfer: Batch.Transfer

    init(_ transfer: Batch.Transfer) { self.transfer = transfer }

    private enum CodingKeys: String, CodingKey, CaseIterable { case iban, amount, currency, payee }

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        let (iban, amount, payee) = (try members.iban(.iban), try members.amount(.amount, .currency), try members.text(.payee))
        transfer = try members.check(.payee) { () throws(ContentError) in try Batch.Transfer(iban: iban, payee: payee, amount: amount) }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(transfer.iban.value, forKey: .iban)
        try container.encode(transfer.amount.decimal, forKey: .amount)
        try container.encode(transfer.amount.currency.code, forKey: .currency)
        try container.encode(transfer.payee.value, forKey: .payee)
    }
}

extension Members {
    func iban(_ key: Key) throws -> IBAN {
        let text = try text(key)
        return try check(key) { () throws(ContentError) in try IBAN(text) }
    }

    func amount(_ key: Key, _ currencyKey: Key) throws -> Amount {
        let (text, code) = (try text(key), try text(currencyKey))
        let currency = try check(currencyKey) { () throws(ContentError) in try Currency(code) }
        return try check(key) { () throws(ContentError) in try Amount(decimal: text, currency: currency) }
    }
}

extension Amount {
    /// As it is written in JSON: `12.50`, without the currency.
    var decimal: String { String(description.dropLast(currency.code.count + 1)) }
}
