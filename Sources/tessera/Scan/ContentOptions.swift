import ArgumentParser
import DeviceProtocol

/// What a challenge asks, as options: a login unless they say more.
struct ContentOptions: ParsableArguments {
    @Option(help: "A login's place.")
    var place = "unknown"
    @Option(help: "A login's browser.")
    var browser = "unknown"
    @Option(help: "A payment's or beneficiary's account.")
    var iban: String?
    @Option(help: "A payment's amount, with a point: 12.50.")
    var amount: String?
    @Option(help: "The currency of a payment or batch.")
    var currency = "EUR"
    @Option(help: "Who is paid.")
    var payee: String?
    @Option(help: "A payment's reference.")
    var reference = ""
    @Option(help: "A batch's payments, a JSON file.", completion: .file())
    var batch: String?
    @Flag(help: "All payees of the batch are trusted beneficiaries.")
    var trusted = false
    @Option(help: "A new device's product, such as Mobile.")
    var activate: String?
    @Option(help: "A new device's serial number or name.")
    var newDevice: String?

    func validate() throws {
        guard (iban == nil) == (payee == nil), iban != nil || amount == nil else {
            throw ValidationError("A payment needs --iban, --amount and --payee, a new beneficiary --iban and --payee.")
        }
        guard (activate == nil) == (newDevice == nil) else { throw ValidationError("A new device needs --activate and --new-device.") }
        guard [iban, batch, activate].filter({ $0 != nil }).count <= 1 else {
            throw ValidationError("It is a payment, a batch, a new beneficiary or a new device.")
        }
        guard batch != nil || !trusted else { throw ValidationError("--trusted is for a --batch.") }
        guard amount != nil || reference.isEmpty else { throw ValidationError("Only a payment has a --reference.") }
    }

    func content() throws -> Challenge.Content {
        if let batch { return .batch(try BatchFile.batch(from: batch, in: Currency(currency), payeesAreTrusted: trusted)) }
        if let activate, let newDevice { return .activation(try Activation(product: activate, device: newDevice)) }
        guard let iban, let payee else { return .login(try Login(place: place, browser: browser)) }
        guard let amount else { return .beneficiary(try Beneficiary(iban: IBAN(iban), name: payee)) }
        return .payment(
            try Payment(
                iban: IBAN(iban), amount: Amount(decimal: amount, currency: Currency(currency)), payee: payee, reference: reference))
    }
}
