import ArgumentParser
import DeviceProtocol
import Emulation
import Foundation
import Pictures
import ScanChallenge

/// `tessera scan challenge`: seals a challenge and draws it.
struct ScanMakeChallenge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "challenge", abstract: "Seal a challenge to a Scan or phone, and draw its QR code.",
        discussion: """
            A payment has --iban, --amount and --payee; a new beneficiary --iban and
            --payee alone; a batch is a JSON file:
              [{"iban": "LU28 0019 4006 4475 0000", "payee": "Bakery", "amount": "12.50"}]
            A new device has --activate and --new-device; without any of them it is a
            login. The code is drawn on the terminal unless --png, --svg or --json is
            given.

            Examples:
              tessera scan challenge --bank bank.json --place Luxembourg
              tessera scan challenge --bank bank.json --png code.png \\
                --iban "LU28 0019 4006 4475 0000" --amount 12.50 --payee Bakery
              tessera scan challenge --bank bank.json --batch batch.json \\
                --rule R-7 --role Director --signature 1/2
            """)

    @Option(help: "The bank's file.", completion: .file())
    var bank: String
    @OptionGroup(title: "What is asked") var content: ContentOptions
    @OptionGroup(title: "One of several signatures") var signer: SignerOptions
    @Option(parsing: .unconditional, help: "How many seconds it may be answered.")
    var lifetime = 120
    @Option(help: "Draw the QR code into this PNG file; - for standard output.", completion: .file())
    var png: String?
    @Option(help: "Draw the QR code into this SVG file; - for standard output.", completion: .file())
    var svg: String?
    @OptionGroup var drawing: DrawingOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        for picture in [png, svg].compactMap({ $0 }) where isSameFile(picture, bank) {
            throw ValidationError("The picture would replace the bank's file.")
        }
        if let png, let svg, isSameFile(png, svg) { throw ValidationError("--png and --svg name the same file.") }
        let isPicture = [png, svg].contains { $0.map(InputFile.isStandardOutput) == true }
        guard !isPicture || !output.json && (png == nil || svg == nil) else {
            throw ValidationError("Standard output takes the one picture alone: leave --json, or the other one, out.")
        }
    }

    func run() async throws {
        for picture in [png, svg].compactMap({ $0 }) {
            try OutputGuard.check(picture: picture, against: [bank, content.batch])
        }
        let place = try await OpenBank.opening(bank)
        defer { place.close() }
        var file = try place.read()
        let (challenge, text) = try file.seal(content.content(), role: signer.signerRole(), lifetime: lifetime)
        let code = try QRCode(encoding: text)
        // Written down before anybody can see the code: no place in the order is given twice.
        try place.write(file)
        if let png { try InputFile.write(code.png(), to: png) }
        if let svg { try InputFile.write(Array(code.svg().utf8), to: svg) }
        // Nothing else goes where the picture went.
        guard ![png, svg].contains(where: { $0.map(InputFile.isStandardOutput) == true }) else { return }
        let report = Report(
            id: challenge.id.description, text: text, version: code.version, png: png, svg: svg, expiresAt: challenge.expiresAt)
        try output.print(report) {
            let files = [png, svg].compactMap { $0 }
            guard files.isEmpty else {
                return "Drawn into \(files.joined(separator: " and ")): QR version \(code.version), \(text.utf8.count) characters."
            }
            return code.terminalText(drawing.form(on: 1))
        }
    }

    private struct Report: Encodable {
        let id: String
        let text: String
        let version: Int
        let png: String?
        let svg: String?
        let expiresAt: Date
    }
}
