import ArgumentParser
import DeviceProtocol
import Emulation
import Foundation
import Pictures
import ScanChallenge

/// `tessera scan challenge`: seals a challenge and draws it.
struct ScanMakeChallenge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "challenge", abstract: "Seal a login, a payment or a batch to a Scan or phone, and draw its QR code.",
        discussion: """
            Without --iban or --batch it is a login. The code is drawn on the terminal unless
            --png or --json is given. A batch is a JSON file:
              [{"iban": "LU28 0019 4006 4475 0000", "payee": "Bakery", "amount": "12.50"}]

            Examples:
              tessera scan challenge --bank bank.json --place Luxembourg
              tessera scan challenge --bank bank.json --png code.png \\
                --iban "LU28 0019 4006 4475 0000" --amount 12.50 --payee Bakery
            """)

    @Option(help: "The bank's file.", completion: .file())
    var bank: String
    @Option(help: "A login's place.")
    var place = "unknown"
    @Option(help: "A login's browser.")
    var browser = "unknown"
    @Option(help: "A payment's account.")
    var iban: String?
    @Option(help: "A payment's amount, with a point: 12.50.")
    var amount: String?
    @Option(help: "A payment's currency.")
    var currency = "EUR"
    @Option(help: "Who is paid.")
    var payee: String?
    @Option(help: "A payment's reference.")
    var reference = ""
    @Option(help: "A batch's payments, a JSON file.", completion: .file())
    var batch: String?
    @Flag(help: "All payees of the batch are trusted beneficiaries.")
    var trusted = false
    @Option(help: "How many seconds it may be answered.")
    var lifetime = 120
    @Option(help: "Draw the QR code into this PNG file.", completion: .file())
    var png: String?
    @Flag(help: "Draw without colours, for a terminal with a dark background.")
    var plain = false
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard [iban, amount, payee].allSatisfy({ $0 != nil }) || [iban, amount, payee].allSatisfy({ $0 == nil }) else {
            throw ValidationError("A payment needs --iban, --amount and --payee.")
        }
        guard png.map({ !isSameFile($0, bank) }) ?? true else { throw ValidationError("The picture would replace the bank's file.") }
        guard batch == nil || iban == nil else { throw ValidationError("It is a payment or a batch.") }
        guard batch != nil || !trusted else { throw ValidationError("--trusted is for a --batch.") }
        guard iban != nil || reference.isEmpty else { throw ValidationError("Only a payment has a --reference.") }
    }

    func run() async throws {
        let lock = try await StateLock.taking(bank)
        defer { lock.close() }
        var file = try BankFile(stateFile: bank)
        let (challenge, text) = try file.seal(content(), lifetime: lifetime)
        let code = try QRCode(encoding: text)
        // Written down before anybody can see the code: no place in the order is given twice.
        try file.write(stateFile: bank)
        if let png { try InputFile.write(code.png(), to: png) }
        let report = Report(id: challenge.id.description, text: text, version: code.version, png: png, expiresAt: challenge.expiresAt)
        try output.print(report) {
            if let png { return "Drawn into \(png): QR version \(code.version), \(text.utf8.count) characters." }
            return code.terminalText(plain || isatty(1) == 0 ? .plain(on: .dark) : .colour)
        }
    }

    private func content() throws -> Challenge.Content {
        if let batch { return .batch(try BatchFile.batch(from: batch, in: Currency(currency), payeesAreTrusted: trusted)) }
        guard let iban, let amount, let payee else { return .login(try Login(place: place, browser: browser)) }
        return .payment(
            try Payment(
                iban: IBAN(iban), amount: Amount(decimal: amount, currency: Currency(currency)), payee: payee, reference: reference))
    }

    private struct Report: Encodable {
        let id: String
        let text: String
        let version: Int
        let png: String?
        let expiresAt: Date
    }
}
